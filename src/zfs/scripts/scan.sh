# shellcheck shell=sh disable=SC2154 # prelude.sh goes before it
# main NONCE ZFS_COMMAND PROPERTIES MORE PARENT...
# Every filesystem below the parents, then the parents themselves and the pools that they are on. A parent
# that is missing is reported and does not hide the others. MORE: properties that old releases do not know,
# and then refuse the whole command for; they are told where they are known.

# stream STEP PROPERTIES ZFS_ARGUMENT...: frames what zfs says while it says it; sets $status. A dataset of which exactly
# the PROPERTIES are told, in their order, is one frame: its name, then each value and source, both empty for a
# property that is not set. Ten thousand datasets would be too much to send otherwise. Sets $unknown, and leaves out the
# pages of usage, where zfs does not know a property that was asked for: then it told nothing else.
stream() {
  step=$1 asked=$2 unknown=no
  shift 2
  status=$({
    {
      code=0
      $zfs_command get -Hp "$@" 2>&1 3>&- 4>&- || code=$?
      echo "$code" >&3
    } | awk -F "$TAB" -v nonce="$nonce" -v step="$step" -v asked="$asked" '
      function tell(kind, words) { print nonce "\t" kind "\t" words }
      function spill(i) { for (i = 1; i <= held; i++) tell(step, row[i]); held = 0 }
      function hold() {
        if (held == 0) folded = name = $1
        row[++held] = $0
        folded = folded "\t" ($3 == "-" && $4 == "-" ? "\t" : $3 "\t" $4)
        if (held == last) { tell("folded", folded); held = 0 }
      }
      BEGIN { last = split(asked, key, ",") }
      NR == 1 && /^bad property list: invalid property / { unknown = 1 }
      unknown { next }
      held > 0 && !(NF == 4 && $2 == key[held + 1] && $1 == name) { spill() }
      NF == 4 && $2 == key[held + 1] { hold(); next }
      { tell(step, $0) }
      END { spill(); exit unknown * 9 }' >&4 3>&-
  } 3>&1) || { [ "$?" -eq 9 ] && unknown=yes; }
}

# datasets PROPERTIES PARENT...
datasets() {
  properties=$1
  shift
  say asked "$properties"
  stream dataset "$properties" -r -t filesystem -o name,property,value,source "$properties" "$@"
}

# The health of pools, where the user may see it: never by way of sudo, which may mail each refusal.
health() {
  zpool list -H -o name,health 2>/dev/null | sed "s/^/$nonce${TAB}health$TAB/" >&4 || :
}

main() {
  [ "$#" -ge 5 ] || exit 2
  begin "$1" "$2"
  known=$3 more=$4
  shift 4
  exec 4>&1
  datasets "$known,$more" "$@"
  if [ "$unknown" = yes ]; then datasets "$known" "$@"; fi
  say exit dataset "$status"
  for parent in "$@"; do
    shift
    set -- "$@" "$parent" "${parent%%/*}"
  done
  stream pool '' -o name,property,value,source used,available,readonly "$@"
  say exit pool "$status"
  health
  finish 0
}

</dev/null main "$@"
