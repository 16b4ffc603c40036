package main

import (
	"slices"
	"strings"
)

// zfs-fuse 0.7 has neither these values (compression=lz4, xattr=sa) nor these properties, and it cannot
// share with options. They live as user properties under this prefix, which gives them real inheritance
// and sources, and are shown under their own names. They have no effect on the data.
const emulatedPrefix = "openzfs:"

// emulated maps a property to its default value.
var emulated = map[string]string{
	"sharenfs":    "off",
	"compression": "on",
	"xattr":       "sa",
	"acltype":     "off",
	"relatime":    "on",
	"dnodesize":   "legacy",
	"encryption":  "off",
}

// absent are properties of OpenZFS that zfs-fuse refuses to be asked for; a value of `-` says "none".
var absent = []string{
	"clones", "keystatus", "keyformat", "keylocation", "encryptionroot", "receive_resume_token", "written",
	"snapshots_changed", "logicalused", "logicalreferenced", "mlslabel", "volmode", "snapdev", "overlay",
	"filesystem_count", "snapshot_count", "filesystem_limit", "snapshot_limit", "redact_snaps",
}

func isAbsent(property string) bool { return slices.Contains(absent, property) }

// storedName is what a property is called in zfs-fuse.
func storedName(property string) string {
	if _, is := emulated[property]; is {
		return emulatedPrefix + property
	}
	return property
}

// storedAssignment translates `name=value`.
func storedAssignment(assignment string) string {
	property, value, found := strings.Cut(assignment, "=")
	if !found {
		return assignment
	}
	return storedName(property) + "=" + value
}

var shareWords = []string{
	"on", "off", "ro", "rw", "sync", "async", "secure", "insecure", "wdelay", "no_wdelay", "hide", "nohide", "crossmnt",
	"subtree_check", "no_subtree_check", "root_squash", "no_root_squash", "all_squash", "no_all_squash",
	"mountpoint", "mp", "fsid", "sec", "anonuid", "anongid",
}

// refusesShare tells whether OpenZFS refuses a sharenfs value ("root=" and unknown options).
func refusesShare(assignment string) bool {
	value, is := strings.CutPrefix(assignment, "sharenfs=")
	if !is {
		return false
	}
	for option := range strings.SplitSeq(value, ",") {
		name, _, _ := strings.Cut(option, "=")
		if !slices.Contains(shareWords, name) {
			return true
		}
	}
	return false
}
