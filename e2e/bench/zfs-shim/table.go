package main

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// The bench's hosts are one machine, and a machine keeps what it exports in one file, as exportfs(8) does in
// /var/lib/nfs/etab: `<mountpoint> TAB <client>(<options>)`, a line for each client.

func tableFile() string { return filepath.Join(filepath.Dir(hostFolder), "etab") }

// writeTable brings the lines of a mountpoint up to date.
func writeTable(mountpoint string, clients []string) {
	table := tableFile()
	lock, err := os.OpenFile(table+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		fatal(err)
	}
	defer lock.Close()
	for err = syscall.EINTR; err == syscall.EINTR; {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		fatal(err)
	}
	text, err := os.ReadFile(table)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		fatal(err)
	}
	name := strings.ReplaceAll(mountpoint, " ", `\040`) + "\t"
	var kept strings.Builder
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, name) {
			kept.WriteString(line)
		}
	}
	for _, client := range clients {
		kept.WriteString(name + client + "(rw,sync,no_subtree_check)\n")
	}
	if err := os.WriteFile(table+".new", []byte(kept.String()), 0o644); err != nil {
		fatal(err)
	}
	if err := os.Rename(table+".new", table); err != nil {
		fatal(err)
	}
}

// clientsOf tells to whom OpenZFS on Linux exports with a value of sharenfs. As there: an `@` means nothing,
// hosts are parted by colons but for those in brackets, a piece without a name is everybody, and a name that
// does not resolve is nobody.
func clientsOf(options string) []string {
	if options == "on" {
		return []string{"*"}
	}
	var clients []string
	for option := range strings.SplitSeq(options, ",") {
		access, hosts, given := strings.Cut(option, "=")
		if access != "rw" && access != "ro" {
			continue
		}
		if !given {
			hosts = "*"
		}
		for _, host := range splitHosts(hosts) {
			host = strings.TrimPrefix(host, "@")
			if host == "" {
				host = "*"
			}
			if resolves(host) {
				clients = append(clients, host)
			}
		}
	}
	return clients
}

func splitHosts(hosts string) []string {
	var split []string
	for hosts != "" {
		inBrackets, rest, closed := strings.Cut(strings.TrimPrefix(hosts, "["), "]")
		if !strings.HasPrefix(hosts, "[") || !closed {
			inBrackets, rest = "", hosts
		}
		piece, following, more := strings.Cut(rest, ":")
		split = append(split, inBrackets+piece)
		if more && following == "" {
			split = append(split, "")
		}
		hosts = following
	}
	return split
}

func resolves(host string) bool {
	if strings.ContainsAny(host, "*?") || net.ParseIP(host) != nil {
		return true
	}
	if _, _, err := net.ParseCIDR(host); err == nil {
		return true
	}
	known, _ := os.ReadFile("/etc/hosts")
	for line := range strings.Lines(string(known)) {
		line, _, _ = strings.Cut(line, "#")
		for at, name := range strings.Fields(line) {
			if at > 0 && name == host {
				return true
			}
		}
	}
	return false
}
