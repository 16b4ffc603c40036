package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// rule is one fault to happen once: a file in `<host>/faults`, taken in the order of the names. A rule for
// three commands is three files; whoever removes a file has the fault, so no lock is needed. A rule with
// Always stays.
type rule struct {
	Verb          string
	Match         string // regular expression over the arguments joined by blanks
	Always        bool
	DelayBeforeMs int
	Run           bool // the command does its work, whatever is then said of it
	DelayAfterMs  int
	Cut           string // "before" or "after": end the SSH connection at that moment
	Kill          string // "before" or "after": kill -9 the script that runs this command
	HideShare     bool   // the work is done but nothing is exported
	Stdout        string
	Stderr        string
	ExitCode      *int // nil: the command's own
}

// liesAboutShare is set while a rule wants the work done but nothing exported.
var liesAboutShare = false

func takeRule(arguments []string) *rule {
	folder := filepath.Join(hostFolder, "faults")
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) == 0 {
		return nil
	}
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		candidate := readRule(path)
		if candidate == nil || !candidate.matches(arguments) {
			continue
		}
		if candidate.Always || os.Remove(path) == nil {
			return candidate
		}
	}
	return nil
}

func readRule(path string) *rule {
	if !strings.HasSuffix(path, ".json") {
		return nil // being written
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil // another command took it
	}
	var parsed rule
	if err := json.Unmarshal(text, &parsed); err != nil {
		fatal(fmt.Errorf("fault rule %s: %w", path, err))
	}
	return &parsed
}

func (r *rule) matches(arguments []string) bool {
	if len(arguments) == 0 || arguments[0] != r.Verb && r.Verb != "*" {
		return false
	}
	return regexp.MustCompile(r.Match).MatchString(strings.Join(arguments, " "))
}

func (r *rule) apply(arguments []string) int {
	time.Sleep(time.Duration(r.DelayBeforeMs) * time.Millisecond)
	if r.Cut == "before" {
		cutConnection()
	}
	if r.Kill == "before" {
		killScript()
	}
	code := 0
	if r.Run {
		comesBack, liesAboutShare = true, r.HideShare
		code = run(arguments)
	}
	time.Sleep(time.Duration(r.DelayAfterMs) * time.Millisecond)
	if r.Cut == "after" {
		cutConnection()
	}
	if r.Kill == "after" {
		killScript()
	}
	fmt.Fprint(os.Stdout, r.Stdout)
	fmt.Fprint(os.Stderr, r.Stderr)
	if r.ExitCode != nil {
		return *r.ExitCode
	}
	return code
}

// cutConnection ends the sshd session that this command runs in.
func cutConnection() {
	for pid := os.Getppid(); pid > 1; pid = parentOf(pid) {
		name, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
		if strings.HasPrefix(string(name), "sshd") {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			return
		}
	}
}

// killScript ends every shell between the sshd session and this command, the outermost first.
func killScript() {
	shells := []int{}
	for pid := os.Getppid(); pid > 1; pid = parentOf(pid) {
		text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
		name := strings.TrimSpace(string(text))
		if strings.HasPrefix(name, "sshd") {
			break
		}
		if name == "sh" || name == "dash" || name == "bash" {
			shells = append([]int{pid}, shells...)
		}
	}
	for _, pid := range shells {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

func parentOf(pid int) int {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}
