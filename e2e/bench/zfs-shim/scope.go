package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// All storage hosts of a bench share the machine's ZFS, so each is confined to the pool named in
// `<host>/pool`: what lies elsewhere does not exist here.

func hostPool() string {
	name, err := os.ReadFile(filepath.Join(hostFolder, "pool"))
	if err != nil {
		fatal(err)
	}
	return strings.TrimSpace(string(name))
}

// optionsWithValue of each verb whose operands name datasets.
var optionsWithValue = map[string]string{
	"get": "ostd", "list": "ostSd", "create": "obV", "clone": "o", "snapshot": "o", "set": "", "inherit": "",
	"destroy": "", "mount": "o", "unmount": "", "umount": "", "share": "", "unshare": "", "rename": "", "hold": "",
	"release": "", "holds": "", "promote": "", "rollback": "", "send": "iI", "receive": "o", "recv": "o",
}

// leadingWords are operands in front of the datasets: the property of get, the tag of hold.
var leadingWords = map[string]int{"get": 1, "inherit": 1, "hold": 1, "release": 1}

// confine takes foreign datasets out of a command. It returns what is left to be run, if anything is, and
// the exit code of what was refused.
func confine(arguments []string) ([]string, int) {
	verb := arguments[0]
	withValue, known := optionsWithValue[verb]
	if !known {
		return arguments, 0
	}
	operands := parseOptions(arguments[1:], withValue).operands
	front := arguments[:len(arguments)-len(operands)]
	leading := min(leadingWords[verb], len(operands))
	front, operands = slices.Concat(front, operands[:leading]), operands[leading:]
	if len(operands) == 0 {
		return wholePool(verb, front), 0
	}
	code := 0
	isForeign := func(operand string) bool { return refusesForeign(verb, operand, &code) }
	left := slices.DeleteFunc(slices.Clone(operands), isForeign)
	reads := verb == "get" || verb == "list"
	if code != 0 && (!reads || len(left) == 0) {
		return nil, code
	}
	return slices.Concat(front, left), code
}

// wholePool makes "everything" mean everything of this host.
func wholePool(verb string, front []string) []string {
	if verb != "get" && verb != "list" || verb == "get" && len(front) < 2 {
		return front
	}
	return slices.Concat(front[:1], []string{"-r"}, front[1:], []string{hostPool()})
}

func refusesForeign(verb, operand string, code *int) bool {
	if strings.HasPrefix(operand, "/") || verb == "set" && strings.Contains(operand, "=") {
		return false
	}
	pool := operand
	if end := strings.IndexAny(operand, "/@#"); end >= 0 {
		pool = operand[:end]
	}
	if pool == hostPool() {
		return false
	}
	if verb == "create" {
		*code = complain("cannot create '%s': no such pool '%s'", operand, pool)
	} else {
		*code = complain("cannot open '%s': dataset does not exist", operand)
	}
	return true
}
