# shellcheck shell=sh disable=SC2154 # prelude.sh goes before it
# main NONCE ZFS_COMMAND PROPERTIES PARENT...
# Every filesystem below the parents, then the parents themselves and the pools that they are on. A parent
# that is missing is reported and does not hide the others.

# stream STEP ZFS_ARGUMENT...: frames what zfs says while it says it, then its exit code
stream() {
  step=$1
  shift
  status=$({
    {
      code=0
      run_zfs "$@" 3>&- 4>&- || code=$?
      echo "$code" >&3
    } | sed "s/^/$nonce$TAB$step$TAB/" >&4 3>&-
  } 3>&1)
  say exit "$step" "$status"
}

# The health of pools, where the user may see it: never by way of sudo, which may mail each refusal.
health() {
  zpool list -H -o name,health 2>/dev/null | sed "s/^/$nonce${TAB}health$TAB/" >&4 || :
}

main() {
  [ "$#" -ge 4 ] || exit 2
  begin "$1" "$2"
  properties=$3
  shift 3
  exec 4>&1
  stream dataset get -Hp -r -t filesystem -o name,property,value,source "$properties" "$@"
  for parent in "$@"; do
    shift
    set -- "$@" "$parent" "${parent%%/*}"
  done
  stream pool get -Hp -o name,property,value,source used,available,readonly "$@"
  health
  finish 0
}

</dev/null main "$@"
