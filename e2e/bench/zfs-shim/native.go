package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

const nativeZfs = "/usr/sbin/zfs"

// bridged is set while the machine's ZFS is zfs-fuse.
var bridged = func() bool {
	_, err := os.Stat("/dev/zfs")
	return err != nil
}()

// comesBack is set while something is left to do after the command.
var comesBack = false

// passOn hands the command to the machine's own zfs as it is, becoming that program where it can.
func passOn(arguments []string) int {
	if len(arguments) > 0 && (comesBack || bridged && mayMount(arguments[0])) {
		return native(arguments[0], arguments[1:]...)
	}
	fatal(syscall.Exec(nativeZfs, append([]string{"zfs"}, arguments...), os.Environ()))
	return 70
}

// native runs the machine's own zfs on our standard streams.
func native(verb string, arguments ...string) int {
	defer aloneIfMounting(verb)()
	command := exec.Command(nativeZfs, append([]string{verb}, arguments...)...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	return exitCode(command.Run())
}

func mayMount(verb string) bool { return verb != "get" && verb != "list" }

// aloneIfMounting makes up for: zfs-fuse tells its listener of each new mount with two writes to one pipe. Of
// two mounts at the same time they cross, and the daemon, with every file system on the machine, hangs for
// ever. So one command at a time mounts, whatever the bench (pool.ts and storage-host.ts keep to it as well).
// It returns what ends that.
func aloneIfMounting(verb string) func() {
	if !bridged || !mayMount(verb) {
		return func() {}
	}
	lock, err := os.OpenFile(filepath.Join(filepath.Dir(filepath.Dir(hostFolder)), "mounting"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		fatal(err)
	}
	for err = syscall.EINTR; err == syscall.EINTR; {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		fatal(err)
	}
	return func() { _ = lock.Close() }
}

// nativeLines runs it and returns what it printed, line by line; its errors go to our standard error.
func nativeLines(verb string, arguments ...string) ([]string, int) {
	command := exec.Command(nativeZfs, append([]string{verb}, arguments...)...)
	command.Stderr = os.Stderr
	return outputLines(command)
}

// nativeQuietly is nativeLines for questions of our own: nobody sees its errors.
func nativeQuietly(verb string, arguments ...string) ([]string, int) {
	return outputLines(exec.Command(nativeZfs, append([]string{verb}, arguments...)...))
}

func outputLines(command *exec.Cmd) ([]string, int) {
	var output bytes.Buffer
	command.Stdout = &output
	code := exitCode(command.Run())
	text := strings.TrimSuffix(output.String(), "\n")
	if text == "" {
		return nil, code
	}
	return strings.Split(text, "\n"), code
}

func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode()
	case errors.As(err, &exit):
		return 134 // ended by a signal: zfs-fuse's client aborts on what it does not know
	default:
		fatal(err)
		return 70
	}
}

// nativeErrors runs it and holds back what it complained of.
func nativeErrors(verb string, arguments ...string) (string, int) {
	defer aloneIfMounting(verb)()
	var complaints bytes.Buffer
	command := exec.Command(nativeZfs, append([]string{verb}, arguments...)...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, &complaints
	code := exitCode(command.Run())
	return complaints.String(), code
}

func printErrors(complaints string) { os.Stderr.WriteString(complaints) }
