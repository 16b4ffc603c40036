#compdef kubectl-zfs
# Completion of `kubectl-zfs` in zsh: source <(kubectl zfs completion zsh), or a file _kubectl-zfs in $fpath

_kubectl_zfs() {
  local -a names lines
  local name text
  while IFS=$'\t' read -r name text; do
    names+=("$name")
    lines+=("$name${text:+  -- $text}")
  done < <(kubectl-zfs __complete "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)
  if (( ${#names} )); then
    compadd -l -d lines -a names
  else
    _files
  fi
}

if [[ ${funcstack[1]} == _kubectl_zfs ]]; then
  _kubectl_zfs "$@"
else
  compdef _kubectl_zfs kubectl-zfs
fi
