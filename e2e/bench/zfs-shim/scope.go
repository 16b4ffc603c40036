package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Storage hosts that share the machine's ZFS are each confined to the pool named in `<host>/pool`: what lies
// elsewhere does not exist there. A host without that file has a machine of its own.

func hostPool() (name string, isConfined bool) {
	text, err := os.ReadFile(filepath.Join(hostFolder, "pool"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", false
	}
	if err != nil {
		fatal(err)
	}
	return strings.TrimSpace(string(text)), true
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
	pool, isConfined := hostPool()
	if !known || !isConfined {
		return arguments, 0
	}
	operands := parseOptions(arguments[1:], withValue).operands
	front := arguments[:len(arguments)-len(operands)]
	leading := min(leadingWords[verb], len(operands))
	front, operands = slices.Concat(front, operands[:leading]), operands[leading:]
	if len(operands) == 0 {
		return wholePool(pool, verb, front), 0
	}
	code := 0
	isForeign := func(operand string) bool { return refusesForeign(pool, verb, operand, &code) }
	left := slices.DeleteFunc(slices.Clone(operands), isForeign)
	reads := verb == "get" || verb == "list"
	if code != 0 && (!reads || len(left) == 0) {
		return nil, code
	}
	return slices.Concat(front, left), code
}

// wholePool makes "everything" mean everything of this host.
func wholePool(pool, verb string, front []string) []string {
	if verb != "get" && verb != "list" || verb == "get" && len(front) < 2 {
		return front
	}
	return slices.Concat(front[:1], []string{"-r"}, front[1:], []string{pool})
}

func refusesForeign(pool, verb, operand string, code *int) bool {
	if strings.HasPrefix(operand, "/") || verb == "set" && strings.Contains(operand, "=") {
		return false
	}
	asked := operand
	if end := strings.IndexAny(operand, "/@#"); end >= 0 {
		asked = operand[:end]
	}
	if asked == pool {
		return false
	}
	if verb == "create" {
		*code = complain("cannot create '%s': no such pool '%s'", operand, asked)
	} else {
		*code = complain("cannot open '%s': dataset does not exist", operand)
	}
	return true
}
