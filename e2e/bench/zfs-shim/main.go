// The `zfs` that the bench's storage hosts run under sudo. It does two things that a real host does not:
//
//   - it obeys the fault rules that tests lay down (faults.go);
//   - where the machine has only zfs-fuse 0.7, it bridges what that lacks, so that the product meets
//     OpenZFS 2.x's command line and share state. Each bridge says what it makes up for.
//
// On a machine with /dev/zfs only the fault rules are left. The program is copied into a folder per host
// (`<host>/bin/zfs`) and keeps its state beside it: `<host>/faults`, `<host>/exports`,
// `<host>/sharing`, `<host>/journal`.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// hostFolder is where this host's state lies.
var hostFolder = func() string {
	program, err := os.Executable()
	if err != nil {
		fatal(err)
	}
	return filepath.Dir(filepath.Dir(program))
}()

func main() {
	arguments := os.Args[1:]
	if os.Getenv("ZFS_SHIM_FAULTS") != "off" { // sudo resets the environment: only the bench itself can say so
		note(arguments)
		if rule := takeRule(arguments); rule != nil {
			os.Exit(rule.apply(arguments))
		}
	}
	os.Exit(run(arguments))
}

// run does a command as OpenZFS would, on this host's pool.
func run(arguments []string) int {
	if len(arguments) == 0 {
		return passOn(arguments)
	}
	left, refused := confine(arguments)
	if left == nil {
		return refused
	}
	comesBack = comesBack || refused != 0
	if bridged {
		return max(refused, bridge(left))
	}
	return max(refused, passOn(left))
}

// bridge makes up for what zfs-fuse lacks.
func bridge(arguments []string) int {
	verb, rest := arguments[0], arguments[1:]
	switch verb {
	case "get":
		return get(rest)
	case "list":
		return list(rest)
	case "create", "clone":
		return create(verb, rest)
	case "set":
		return set(rest)
	case "inherit":
		return inherit(rest)
	case "destroy":
		return destroy(rest)
	case "share":
		return share(rest)
	case "unshare":
		return unshare(rest)
	case "unmount", "umount":
		code := native("unmount", rest...)
		forgetUnmounted()
		return code
	case "rename":
		return rename(rest)
	default:
		return passOn(arguments)
	}
}

func complain(format string, values ...any) int {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	return 1
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "zfs-shim:", err)
	os.Exit(70)
}
