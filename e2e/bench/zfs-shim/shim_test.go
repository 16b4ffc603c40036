package main

import (
	"slices"
	"testing"
)

func TestOptionsAreReadAsGetoptDoes(t *testing.T) {
	parsed := parseOptions([]string{"-Hp", "-oname,value", "-t", "filesystem", "-r", "used,-x", "tank"}, "ostd")

	if !parsed.flags['H'] || !parsed.flags['p'] || !parsed.flags['r'] || parsed.flags['o'] {
		t.Error("flags", parsed.flags)
	}
	if parsed.values['o'] != "name,value" || parsed.values['t'] != "filesystem" {
		t.Error("values", parsed.values)
	}
	if !slices.Equal(parsed.operands, []string{"used,-x", "tank"}) {
		t.Error("operands", parsed.operands)
	}
}

func TestSnapshotsAreChosenByNameListAndRange(t *testing.T) {
	existing := []string{"t/a@1", "t/a@2", "t/a@3"}
	cases := []struct {
		wanted string
		chosen []string
	}{
		{"%", existing},
		{"2%", existing[1:]},
		{"%2", existing[:2]},
		{"1,3", []string{"t/a@1", "t/a@3"}},
		{"3%1", nil},
		{"9", nil},
	}
	for _, each := range cases {
		chosen, missing := chooseSnapshots("t/a", each.wanted, existing)
		if !slices.Equal(chosen, each.chosen) || (missing == "") != (each.chosen != nil) {
			t.Errorf("@%s: %v, missing %q", each.wanted, chosen, missing)
		}
	}
}

func TestShareOptionsOfNoKindAreRefused(t *testing.T) {
	for assignment, refused := range map[string]bool{
		"sharenfs=on": false, "sharenfs=rw=@10.0.0.0/8,no_root_squash": false, "sharenfs=anonuid=0": false,
		"sharenfs=root=@10.0.0.0/8": true, "sharenfs=bogus": true, "sharenfs=": true, "refquota=1": false,
	} {
		if refusesShare(assignment) != refused {
			t.Error(assignment, "refused:", !refused)
		}
	}
}

func TestNamesOfAnotherTypeAreLeftOut(t *testing.T) {
	for _, each := range []struct {
		name, types string
		is          bool
	}{
		{"t/a", "filesystem", true}, {"t/a@1", "filesystem", false}, {"t/a@1", "filesystem,snapshot", true},
		{"t/a", "snapshot", false}, {"t/a", "fs", true}, {"t/a@1", "all", true},
	} {
		if isOfType(each.name, each.types) != each.is {
			t.Error(each)
		}
	}
}

func TestClientsAreThoseThatOpenZfsExportsTo(t *testing.T) {
	for options, clients := range map[string][]string{
		"on":                                   {"*"},
		"rw":                                   {"*"},
		"no_root_squash":                       nil,
		"rw=@10.0.0.0/8,no_root_squash":        {"10.0.0.0/8"},
		"ro=10.0.0.1:@10.1.0.0/16,rw=10.0.0.2": {"10.0.0.1", "10.1.0.0/16", "10.0.0.2"},
		"rw=[fd00:77::]/64:10.0.0.1":           {"fd00:77::/64", "10.0.0.1"},
		"rw=@fd00:77::/64":                     {"*"},
		"rw=no-such-host.invalid":              nil,
	} {
		if found := clientsOf(options); !slices.Equal(found, clients) {
			t.Error(options, "is exported to", found)
		}
	}
}
