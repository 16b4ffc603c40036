# shellcheck shell=sh disable=SC2154 # prelude.sh goes before it
# main NONCE ZFS_COMMAND <identify> REFQUOTA RESERVE
# Raises the quota and then the reservation (which may not be above it), never lowers either. Quota and
# reservation move together or not at all.

look() {
  read_state "$dataset"
  [ "$status" -eq 0 ] || fail read
}

# limit PROPERTY: sets $value, bytes, 0 for none
limit() {
  lookup "$dataset" "$1"
  is_number "$value" || refuse unreadable "$1"
}

reserve() {
  limit refreservation
  less_than "$value" "$refquota" || return 0
  zfs_run set "refreservation=$refquota" "$dataset"
  [ "$status" -eq 0 ] && return 0
  if [ "$raised" = yes ]; then
    kept_status=$status kept_output=$output
    zfs_run set "refquota=$before" "$dataset"
    if [ "$status" -eq 0 ]; then say undone yes; else say undone no; fi
    status=$kept_status output=$kept_output
  fi
  fail reserve
}

main() {
  [ "$#" -eq 14 ] || exit 2
  begin "$1" "$2"
  shift 2
  identify "$@"
  shift 10
  refquota=$1 reserve=$2 raised=no

  look
  check_identity
  limit refquota
  before=$value
  # No quota at all is not a large one: the volume was promised a size.
  if [ "$before" = 0 ] || less_than "$before" "$refquota"; then
    zfs_run set "refquota=$refquota" "$dataset"
    [ "$status" -eq 0 ] || fail set
    raised=yes
  fi
  [ "$reserve" = no ] || reserve
  look
  limit refquota
  if less_than "$value" "$refquota"; then refuse property refquota "$refquota" "$value"; fi
  say result grown
  finish 0
}

</dev/null main "$@"
