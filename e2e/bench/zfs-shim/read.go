package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// row is one line of `zfs get`.
type row struct{ name, property, value, source string }

func (r row) column(name string) string {
	switch name {
	case "name":
		return r.name
	case "property":
		return r.property
	case "value":
		return r.value
	case "source":
		return r.source
	default:
		return "-"
	}
}

// get makes up for: no -t, unknown properties are an error, emulated properties.
func get(arguments []string) int {
	parsed := parseOptions(arguments, "ostd")
	if len(parsed.operands) == 0 {
		return passOn(append([]string{"get"}, arguments...))
	}
	columns := []string{"name", "property", "value", "source"}
	if chosen, given := parsed.values['o']; given && chosen != "all" {
		columns = strings.Split(chosen, ",")
	}
	var scope []string
	for _, letter := range []byte{'d', 's'} {
		if value, given := parsed.values[letter]; given {
			scope = append(scope, "-"+string(letter), value)
		}
	}
	scope = append(scope, parsed.flagWords("H")...)
	rows, code := readRows(scope, strings.Split(parsed.operands[0], ","), parsed.operands[1:])
	if !parsed.flags['H'] {
		fmt.Println(strings.ToUpper(strings.Join(columns, "\t")))
	}
	types := parsed.values['t']
	for _, each := range rows {
		if types == "" || isOfType(each.name, types) {
			printColumns(each, columns)
		}
	}
	return code
}

func printColumns(each row, columns []string) {
	values := make([]string, len(columns))
	for at, column := range columns {
		values[at] = each.column(column)
	}
	fmt.Fprintln(os.Stdout, strings.Join(values, "\t"))
}

// isOfType knows file systems and snapshots; zfs-fuse aborts when asked for a volume, so there are none.
func isOfType(name, types string) bool {
	wanted := strings.Split(types, ",")
	if slices.Contains(wanted, "all") {
		return true
	}
	if strings.Contains(name, "@") {
		return slices.ContainsFunc(wanted, func(each string) bool { return strings.HasPrefix(each, "snap") })
	}
	return slices.ContainsFunc(wanted, func(each string) bool { return strings.HasPrefix(each, "f") })
}

// readRows reads properties under their OpenZFS names, in the order asked for, dataset by dataset.
func readRows(scope, properties, datasets []string) ([]row, int) {
	var stored []string
	for _, property := range properties {
		if !isAbsent(property) {
			stored = append(stored, storedName(property))
		}
	}
	if len(stored) == 0 {
		stored = []string{"type"}
	}
	words := append(slices.Clone(scope), "-H", "-o", "name,property,value,source", strings.Join(stored, ","))
	lines, code := nativeLines("get", append(words, datasets...)...)
	var names []string
	found := map[string]map[string]row{}
	for _, line := range lines {
		fields := strings.SplitN(line, "\t", 4)
		if len(fields) < 4 {
			continue
		}
		property := strings.TrimPrefix(fields[1], emulatedPrefix)
		if found[fields[0]] == nil {
			found[fields[0]] = map[string]row{}
			names = append(names, fields[0])
		}
		if _, seen := found[fields[0]][property]; !seen || strings.HasPrefix(fields[1], emulatedPrefix) {
			found[fields[0]][property] = row{fields[0], property, fields[2], fields[3]}
		}
	}
	if slices.Contains(properties, "all") {
		return allRows(names, found), code
	}
	clones := clonesIfAsked(properties)
	var rows []row
	for _, name := range names {
		for _, property := range properties {
			rows = append(rows, completed(found[name][property], name, property, clones))
		}
	}
	return rows, code
}

func completed(each row, name, property string, clones map[string]string) row {
	if value := clones[name]; property == "clones" && value != "" {
		return row{name, property, value, "-"}
	}
	if each.name == "" {
		return row{name, property, "-", "-"}
	}
	if initial, is := emulated[property]; is && each.value == "-" && !strings.Contains(name, "@") {
		return row{name, property, initial, "default"}
	}
	return each
}

func allRows(names []string, found map[string]map[string]row) []row {
	var rows []row
	for _, name := range names {
		for _, each := range found[name] {
			rows = append(rows, each)
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return strings.Compare(a.name+"\t"+a.property, b.name+"\t"+b.property)
	})
	return rows
}

// clonesIfAsked maps snapshots to their clones, from the origins of all file systems.
func clonesIfAsked(properties []string) map[string]string {
	clones := map[string]string{}
	if !slices.Contains(properties, "clones") {
		return clones
	}
	lines, _ := nativeQuietly("list", "-H", "-t", "filesystem", "-o", "name,origin")
	for _, line := range lines {
		name, origin, _ := strings.Cut(line, "\t")
		if origin == "-" {
			continue
		}
		clones[origin] = strings.TrimPrefix(clones[origin]+","+name, ",")
	}
	return clones
}

// list makes up for: no -p, and no emulated or newer property as a column.
func list(arguments []string) int {
	parsed := parseOptions(arguments, "ostSd")
	columns := strings.Split(parsed.values['o'], ",")
	if parsed.values['o'] == "" {
		columns = []string{"name", "used", "available", "referenced", "mountpoint"}
	}
	if !parsed.flags['p'] && !slices.ContainsFunc(columns, needsBridge) {
		return passOn(append([]string{"list"}, arguments...))
	}
	words := append(parsed.flagWords("pH"), "-H", "-o", "name")
	for _, letter := range []byte{'t', 'd', 's', 'S'} {
		if value, given := parsed.values[letter]; given {
			words = append(words, "-"+string(letter), value)
		}
	}
	names, code := nativeLines("list", append(words, parsed.operands...)...)
	if !parsed.flags['H'] {
		fmt.Println(strings.ToUpper(strings.Join(columns, "\t")))
	}
	if len(names) == 0 {
		return code
	}
	printList(names, columns, parsed.flags['p'])
	return code
}

func printList(names, columns []string, exact bool) {
	scope := []string{}
	if exact {
		scope = []string{"-p"}
	}
	var properties []string
	for _, column := range columns {
		if column != "name" {
			properties = append(properties, longName(column))
		}
	}
	values := map[string]string{}
	rows, _ := readRows(scope, properties, names)
	for _, each := range rows {
		values[each.name+"\t"+each.property] = each.value
	}
	for _, name := range names {
		var fields []string
		for _, column := range columns {
			if column == "name" {
				fields = append(fields, name)
			} else {
				fields = append(fields, values[name+"\t"+longName(column)])
			}
		}
		fmt.Println(strings.Join(fields, "\t"))
	}
}

func needsBridge(property string) bool { return isAbsent(property) || storedName(property) != property }

func longName(property string) string {
	switch property {
	case "avail":
		return "available"
	case "refer":
		return "referenced"
	default:
		return property
	}
}
