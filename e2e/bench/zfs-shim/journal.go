package main

import (
	"os"
	"path/filepath"
	"strings"
)

// note writes the command down in the host's journal, so that a person sees what was run there.
func note(arguments []string) {
	journal, err := os.OpenFile(filepath.Join(hostFolder, "journal"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return // a journal that cannot be written must not change what the command does
	}
	defer journal.Close()
	journal.WriteString("zfs " + strings.Join(arguments, " ") + "\n")
}
