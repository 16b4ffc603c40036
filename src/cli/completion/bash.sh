# shellcheck shell=bash
# Completion of `kubectl-zfs` in bash: source <(kubectl zfs completion bash)

_kubectl_zfs() {
  local line=${COMP_LINE:0:COMP_POINT} cut='' found
  local -a words
  read -ra words <<<"$line"
  # After a blank a new word begins.
  [[ $line == *[[:space:]] ]] && words+=('')
  local current=${words[${#words[@]} - 1]}
  # bash parts words at these too, and replaces only what comes after them.
  [[ $COMP_WORDBREAKS == *:* && $current == *:* ]] && cut=${current%"${current##*:}"}
  [[ $COMP_WORDBREAKS == *=* && $current == --*=* && $cut == '' ]] && cut=${current%%=*}=
  COMPREPLY=()
  while IFS=$'\t' read -r found _; do
    COMPREPLY+=("${found#"$cut"}")
  done < <(kubectl-zfs __complete "${words[@]:1}" 2>/dev/null)
}

complete -o default -F _kubectl_zfs kubectl-zfs
