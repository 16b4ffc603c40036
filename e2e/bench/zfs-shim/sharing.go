package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// zfs-fuse cannot export with options, so a host keeps OpenZFS's share state in files: `exports/<mountpoint>`
// exists while that file system is shared and holds `dataset<TAB>options`. As in OpenZFS, creating or setting
// sharenfs shares what is mounted; unmounting unshares; mounting alone does not share.

func exportFile(mountpoint string) string {
	return filepath.Join(hostFolder, "exports", url.QueryEscape(mountpoint))
}

func isExported(mountpoint string) bool {
	_, err := os.Stat(exportFile(mountpoint))
	return err == nil
}

func export(dataset, mountpoint, options string) {
	if liesAboutShare {
		return
	}
	if err := os.WriteFile(exportFile(mountpoint), []byte(dataset+"\t"+options), 0o644); err != nil {
		fatal(err)
	}
	writeTable(mountpoint, clientsOf(options))
}

func unexport(mountpoint string) {
	os.Remove(exportFile(mountpoint))
	writeTable(mountpoint, nil)
}

// mounts maps the mounted file systems to where they are.
func mounts() map[string]string {
	table, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		fatal(err)
	}
	mounted := map[string]string{}
	spaces := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\134`, `\`)
	for line := range strings.SplitSeq(string(table), "\n") {
		if fields := strings.Fields(line); len(fields) > 2 && fields[2] == "fuse.zfs" {
			mounted[spaces.Replace(fields[0])] = spaces.Replace(fields[1])
		}
	}
	return mounted
}

func mountpointOf(dataset string) string { return mounts()[dataset] }

// forgetUnmounted drops the exports of what is mounted no more.
func forgetUnmounted() {
	mounted := map[string]bool{}
	for _, mountpoint := range mounts() {
		mounted[url.QueryEscape(mountpoint)] = true
	}
	entries, _ := os.ReadDir(filepath.Join(hostFolder, "exports"))
	for _, entry := range entries {
		if mountpoint, err := url.QueryUnescape(entry.Name()); err == nil && !mounted[entry.Name()] {
			unexport(mountpoint)
		}
	}
}

// shareNew shares a dataset just created when its sharenfs, given or inherited, says so.
func shareNew(dataset string, assignments []string) {
	options := ""
	for _, assignment := range assignments {
		if value, is := strings.CutPrefix(assignment, "sharenfs="); is {
			options = value
		}
	}
	if options == "" && !mayInheritShare(dataset) {
		return // spares the common dataset without sharenfs a question
	}
	if options == "" {
		options = sharenfsOf(dataset)
	}
	if options == "off" {
		return
	}
	noteShare(dataset)
	if mountpoint := mountpointOf(dataset); mountpoint != "" {
		export(dataset, mountpoint, options)
	}
}

// shareAgain brings the exports of datasets and all below in line with a changed sharenfs.
func shareAgain(datasets []string) {
	rows, _ := readRows([]string{"-r"}, []string{"sharenfs"}, datasets)
	mounted := mounts()
	for _, each := range rows {
		mountpoint := mounted[each.name]
		switch {
		case mountpoint == "" || strings.Contains(each.name, "@"):
		case each.value == "off":
			unexport(mountpoint)
		default:
			noteShare(each.name)
			export(each.name, mountpoint, each.value)
		}
	}
	for _, dataset := range datasets {
		noteShare(dataset)
	}
}

func sharenfsOf(dataset string) string {
	lines, code := nativeQuietly("get", "-H", "-o", "value", storedName("sharenfs"), dataset)
	if code != 0 || len(lines) != 1 || lines[0] == "-" {
		return "off"
	}
	return lines[0]
}

// noteShare remembers that sharenfs was set on a dataset, for mayInheritShare.
func noteShare(dataset string) {
	_ = os.WriteFile(filepath.Join(hostFolder, "sharing", url.QueryEscape(dataset)), nil, 0o644)
}

func mayInheritShare(dataset string) bool {
	for parent := filepath.Dir(dataset); parent != "."; parent = filepath.Dir(parent) {
		if _, err := os.Stat(filepath.Join(hostFolder, "sharing", url.QueryEscape(parent))); err == nil {
			return true
		}
	}
	return false
}

func share(arguments []string) int {
	if len(arguments) != 1 || arguments[0] == "-a" {
		return complain("the bench knows only: zfs share <filesystem>")
	}
	dataset := arguments[0]
	if _, code := nativeLines("get", "-H", "type", dataset); code != 0 {
		return code
	}
	options := sharenfsOf(dataset)
	if options == "off" {
		return complain("cannot share '%s': legacy share\nuse exports(5) to share this filesystem, or set sharenfs property on", dataset)
	}
	if mountpointOf(dataset) == "" {
		if code := native("mount", dataset); code != 0 {
			return code
		}
	}
	mountpoint := mountpointOf(dataset)
	if isExported(mountpoint) {
		return complain("cannot share '%s': filesystem already shared", dataset)
	}
	export(dataset, mountpoint, options)
	return 0
}

func unshare(arguments []string) int {
	if len(arguments) != 1 || arguments[0] == "-a" {
		return complain("the bench knows only: zfs unshare <filesystem|mountpoint>")
	}
	mountpoint := arguments[0]
	if !strings.HasPrefix(mountpoint, "/") {
		if _, code := nativeLines("get", "-H", "type", mountpoint); code != 0 {
			return code
		}
		mountpoint = mountpointOf(arguments[0])
	}
	if mountpoint == "" || !isExported(mountpoint) {
		return complain("cannot unshare '%s': not currently shared", arguments[0])
	}
	unexport(mountpoint)
	return 0
}
