package main

import (
	"slices"
	"strings"
	"time"
)

// create makes up for: properties that zfs-fuse lacks, and sharing at creation. Also `clone`.
func create(verb string, arguments []string) int {
	parsed := parseOptions(arguments, "obV")
	if len(parsed.operands) == 0 {
		return native(verb, arguments...)
	}
	dataset := parsed.operands[len(parsed.operands)-1]
	if slices.ContainsFunc(parsed.properties, refusesShare) {
		return refuseShare("cannot create '" + dataset + "'")
	}
	words := parsed.flagWords("")
	for _, assignment := range parsed.properties {
		words = append(words, "-o", storedAssignment(assignment))
	}
	for _, letter := range []byte{'b', 'V'} {
		if value, given := parsed.values[letter]; given {
			words = append(words, "-"+string(letter), value)
		}
	}
	code := native(verb, append(words, parsed.operands...)...)
	if code == 0 {
		shareNew(dataset, parsed.properties)
	}
	return code
}

func refuseShare(what string) int {
	complain("%s: 'sharenfs' cannot be set to invalid options", what)
	return 255
}

// set makes up for: one property per call, and sharing. As in OpenZFS, several properties are no
// transaction: one that fails does not undo those before it.
func set(arguments []string) int {
	firstDataset := slices.IndexFunc(arguments, func(word string) bool { return !strings.Contains(word, "=") })
	if firstDataset <= 0 {
		return native("set", arguments...)
	}
	assignments, datasets := arguments[:firstDataset], arguments[firstDataset:]
	if slices.ContainsFunc(assignments, refusesShare) {
		return refuseShare("cannot set property for '" + datasets[0] + "'")
	}
	worst := 0
	for _, assignment := range assignments {
		worst = max(worst, native("set", append([]string{storedAssignment(assignment)}, datasets...)...))
	}
	changesShare := func(assignment string) bool { return strings.HasPrefix(assignment, "sharenfs=") }
	if slices.ContainsFunc(assignments, changesShare) {
		shareAgain(datasets)
	}
	forgetUnmounted()
	return worst
}

func inherit(arguments []string) int {
	parsed := parseOptions(arguments, "")
	if len(parsed.operands) < 2 {
		return native("inherit", arguments...)
	}
	words := append(parsed.flagWords(""), storedName(parsed.operands[0]))
	code := native("inherit", append(words, parsed.operands[1:]...)...)
	if parsed.operands[0] == "sharenfs" {
		shareAgain(parsed.operands[1:])
	}
	return code
}

// destroy makes up for: no snapshot lists and ranges (`fs@a,b`, `fs@a%b`, `fs@%`), and for a file system that
// the first `zfs destroy` only unmounts, saying "dataset is busy", which it stays for some milliseconds.
func destroy(arguments []string) int {
	parsed := parseOptions(arguments, "")
	if len(parsed.operands) != 1 {
		return native("destroy", arguments...)
	}
	target := parsed.operands[0]
	if dataset, snapshots, is := strings.Cut(target, "@"); is {
		return destroySnapshots(dataset, snapshots, parsed.flagWords("npv"))
	}
	code := destroyFileSystem(target, arguments)
	forgetUnmounted()
	return code
}

// destroyFileSystem tries again for about a second while what is busy is not mounted any more.
func destroyFileSystem(dataset string, arguments []string) int {
	for pause := 5 * time.Millisecond; ; pause *= 2 {
		complaints, code := nativeErrors("destroy", arguments...)
		isPassing := strings.Contains(complaints, "dataset is busy") && mountpointOf(dataset) == ""
		if code == 0 || !isPassing || pause > 500*time.Millisecond {
			printErrors(complaints)
			return code
		}
		time.Sleep(pause)
	}
}

// rename makes up for: zfs-fuse unmounts a file system to rename it and does not wait until its daemon has let go
// of it, says "dataset is busy" and mounts it again, so that trying again meets the same race.
func rename(arguments []string) int {
	parsed := parseOptions(arguments, "")
	if len(parsed.operands) != 2 {
		return native("rename", arguments...)
	}
	from, to := parsed.operands[0], parsed.operands[1]
	mountedBefore := mountedBelow(from)
	code := renameFileSystem(from, arguments)
	now := from
	if code == 0 {
		now = to
	}
	for _, path := range mountedBefore {
		if mountpointOf(now+path) == "" {
			nativeErrors("mount", now+path)
		}
	}
	forgetUnmounted()
	shareAgain([]string{to})
	return code
}

// renameFileSystem tries again for about two seconds, unmounted, while it is busy. What cannot be unmounted is in use.
func renameFileSystem(dataset string, arguments []string) int {
	for pause := 5 * time.Millisecond; ; pause *= 2 {
		complaints, code := nativeErrors("rename", arguments...)
		isPassing := strings.Contains(complaints, "dataset is busy") && isUnmounted(dataset)
		if code == 0 || !isPassing || pause > time.Second {
			printErrors(complaints)
			return code
		}
		time.Sleep(pause)
	}
}

func isUnmounted(dataset string) bool {
	if mountpointOf(dataset) == "" {
		return true
	}
	_, code := nativeErrors("unmount", dataset)
	return code == 0
}

// mountedBelow gives the paths below the dataset of what is mounted, its own (which is empty) first.
func mountedBelow(dataset string) []string {
	var paths []string
	for name := range mounts() {
		if name == dataset || strings.HasPrefix(name, dataset+"/") {
			paths = append(paths, strings.TrimPrefix(name, dataset))
		}
	}
	slices.Sort(paths)
	return paths
}

// destroySnapshots is all or nothing like OpenZFS's: nothing goes while one is held or has a clone.
func destroySnapshots(dataset, wanted string, flags []string) int {
	if !strings.ContainsAny(wanted, "%,") {
		return native("destroy", append(flags, dataset+"@"+wanted)...)
	}
	existing, code := nativeLines("list", "-H", "-r", "-d", "1", "-t", "snapshot", "-o", "name,userrefs", "-s", "creation", dataset)
	if code != 0 {
		return code
	}
	var names []string
	held := map[string]bool{}
	for _, line := range existing {
		name, references, _ := strings.Cut(line, "\t")
		names = append(names, name)
		held[name] = references != "0" && references != "-"
	}
	chosen, missing := chooseSnapshots(dataset, wanted, names)
	if missing != "" {
		return complain("could not find any snapshots to destroy; check snapshot names.")
	}
	clones := clonesIfAsked([]string{"clones"})
	for _, name := range chosen {
		if held[name] {
			return complain("cannot destroy snapshot %s: dataset is busy", name)
		}
		if clones[name] != "" {
			return complain("cannot destroy '%s': snapshot has dependent clones\nuse '-R' to destroy the following datasets:\n%s",
				name, clones[name])
		}
	}
	worst := 0
	for _, name := range chosen {
		worst = max(worst, native("destroy", append(flags, name)...))
	}
	return worst
}

// chooseSnapshots resolves a comma list of names and ranges; missing names what it matched nothing for.
func chooseSnapshots(dataset, wanted string, existing []string) (chosen []string, missing string) {
	for part := range strings.SplitSeq(wanted, ",") {
		first, last, isRange := strings.Cut(part, "%")
		if !isRange {
			last = first
		}
		from, to := 0, len(existing)-1
		if first != "" {
			from = slices.Index(existing, dataset+"@"+first)
		}
		if last != "" {
			to = slices.Index(existing, dataset+"@"+last)
		}
		if from < 0 || to < from {
			return nil, part
		}
		chosen = append(chosen, existing[from:to+1]...)
	}
	return chosen, ""
}
