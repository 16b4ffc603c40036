# shellcheck shell=sh disable=SC2154 # prelude.sh and promises.sh go before it
# main NONCE ZFS_COMMAND <identify> SIZE QUOTAS RESERVATION OVERCOMMIT SIZE_KEY
# Raises the quotas (QUOTAS is a list: refquota, quota) and then the reservation, which may not be above
# them; never lowers any. They move together or not at all. RESERVATION: thick, thin, or as-it-is: only where
# there is one. OVERCOMMIT: percent of the parent that may be promised, empty for no limit. SIZE_KEY: user property
# that tells people the size.

look() {
  read_state "$dataset"
  [ "$status" -eq 0 ] || fail read
}

# limit PROPERTY: sets $value, bytes, 0 for none
limit() {
  lookup "$dataset" "$1"
  is_number "$value" || refuse unreadable "$1"
}

# undo: $raised is what was raised, as it was before
undo() {
  [ -n "$raised" ] || return 0
  kept_status=$status kept_output=$output undone=yes
  for property in $raised; do
    zfs_run set "$property" "$dataset"
    [ "$status" -eq 0 ] || undone=no
  done
  say undone "$undone"
  status=$kept_status output=$kept_output
}

# raise PROPERTY STEP
raise() {
  before=$value
  zfs_run set "$1=$size" "$dataset"
  [ "$status" -eq 0 ] || { undo && fail "$2"; }
  raised="$1=$before $raised"
}

# promise: before the first change; nothing more is promised than the limit lets
promise() {
  [ -n "$overcommit" ] || return 0
  if is_overcommitted; then refuse_overcommit; fi
  overcommit=''
}

raise_quotas() {
  for quota in $quotas; do
    limit "$quota"
    # No quota at all is not a large one: the volume was promised a size.
    if [ "$value" = 0 ] || less_than "$value" "$size"; then
      promise
      raise "$quota" set
    fi
  done
}

raise_reservation() {
  [ "$reservation" != thin ] || return 0
  limit refreservation
  [ "$reservation" != as-it-is ] || [ "$value" != 0 ] || return 0
  if less_than "$value" "$size"; then raise refreservation reserve; fi
}

# describe: not on datasets of the classic provisioner, which have no description. That it fails takes
# nothing from the growth.
describe() {
  is_unset "$volume_key" || is_local "$size_key" "$size" || zfs_run set "$size_key=$size" "$dataset"
}

main() {
  [ "$#" -eq 17 ] || exit 2
  begin "$1" "$2"
  shift 2
  identify "$@"
  shift 10
  size=$1 quotas=$2 reservation=$3 overcommit=$4 size_key=$5 raised=''

  look
  check_identity
  raise_quotas
  raise_reservation
  describe
  look
  for quota in $quotas; do
    limit "$quota"
    if less_than "$value" "$size"; then refuse property "$quota" "$size" "$value"; fi
  done
  say result grown
  finish 0
}

</dev/null main "$@"
