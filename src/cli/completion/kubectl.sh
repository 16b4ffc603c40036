#!/bin/sh
# kubectl runs this for completions of `kubectl zfs`: a file kubectl_complete-zfs on PATH, executable.
found=$(kubectl-zfs __complete "$@" 2>/dev/null)
if [ -n "$found" ]; then
  # The last line tells kubectl that no names of files are wanted.
  printf '%s\n:4\n' "$found"
else
  echo :0
fi
