package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

const nativeZfs = "/usr/sbin/zfs"

// comesBack is set while something is left to do after the command.
var comesBack = false

// passOn hands the command to the machine's own zfs as it is, becoming that program where it can.
func passOn(arguments []string) int {
	if comesBack && len(arguments) > 0 {
		return native(arguments[0], arguments[1:]...)
	}
	fatal(syscall.Exec(nativeZfs, append([]string{"zfs"}, arguments...), os.Environ()))
	return 70
}

// native runs the machine's own zfs on our standard streams.
func native(verb string, arguments ...string) int {
	command := exec.Command(nativeZfs, append([]string{verb}, arguments...)...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	return exitCode(command.Run())
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
	var complaints bytes.Buffer
	command := exec.Command(nativeZfs, append([]string{verb}, arguments...)...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, &complaints
	code := exitCode(command.Run())
	return complaints.String(), code
}

func printErrors(complaints string) { os.Stderr.WriteString(complaints) }
