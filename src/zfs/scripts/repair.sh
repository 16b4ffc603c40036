# shellcheck shell=sh disable=SC2154 # prelude.sh goes before it
# main NONCE ZFS_COMMAND <identify> SHARE_KEY KIND=VALUE...
# Makes a dataset as its volume says again: each KIND in its turn, and nothing after one that fails. Quotas and
# reservations are raised, never lowered. Repeated, it does what is left. SHARE_KEY: user property that tells what
# it was shared by.

look() {
  read_state "$dataset" "$parent"
  [ "$status" -eq 0 ] || fail read
}

# is_large PROPERTY SIZE: it has at least the size; a quota of 0 is none, which is no promise
is_large() {
  lookup "$dataset" "$1"
  is_number "$value" || refuse unreadable "$1"
  [ "$value" != 0 ] && ! less_than "$value" "$2"
}

# raise PROPERTY SIZE STEP
raise() {
  if is_large "$1" "$2"; then return 0; fi
  zfs_run set "$1=$2" "$dataset"
  [ "$status" -eq 0 ] || fail "$3"
}

# Only where the parent gives the path that the volume names: any other would take it away from its users for good.
inherit_mountpoint() {
  lookup "$dataset" mountpoint
  [ "$value" != "$1" ] || return 0
  lookup "$parent" mountpoint
  inherited=${value%/}/${dataset##*/}
  [ "$inherited" = "$1" ] || refuse inherits "$inherited" "$1"
  persist inherit mountpoint "$dataset"
  [ "$status" -eq 0 ] || fail inherit
}

# One that is read-only because of its parent, as a replica is, stays so.
make_writable() {
  lookup "$dataset" readonly
  [ "$value" != off ] || return 0
  case $source in
    local | received) ;;
    *) refuse unusable readonly "$value" ;;
  esac
  zfs_run inherit readonly "$dataset"
  [ "$status" -eq 0 ] || fail inherit
}

mount_it() {
  lookup "$dataset" mounted
  [ "$value" != yes ] || return 0
  mount_dataset
  [ "$status" -eq 0 ] || fail mount
}

# What it is to be shared by may have changed since somebody looked: the note on the dataset is right.
share_it() {
  lookup "$dataset" "$share_key"
  if [ "$source" = local ]; then
    [ "$value" = "$1" ] || refuse shared "$value" "$1"
  else
    zfs_run set "$share_key=$1" "$dataset"
    [ "$status" -eq 0 ] || fail set
  fi
  lookup "$dataset" sharenfs
  if [ "$value" != "$1" ]; then
    zfs_run set "sharenfs=$1" "$dataset"
    case $status:$output in
      0:* | *"property may be set but unable to reshare filesystem"*) ;;
      *) fail set ;;
    esac
  fi
  [ "$1" != off ] || return 0
  share_dataset
  [ "$status" -eq 0 ] || fail share
}

# repair KIND VALUE
repair() {
  case $1 in
    mountpoint) inherit_mountpoint "$2" ;;
    readonly) make_writable ;;
    refquota | quota) raise "$1" "$2" set ;;
    refreservation) raise "$1" "$2" reserve ;;
    mount) mount_it ;;
    share) share_it "$2" ;;
    *) refuse "$1" ;;
  esac
}

# verify KIND VALUE
verify() {
  case $1 in
    refquota | quota | refreservation)
      is_large "$1" "$2" || refuse property "$1" "$2" "$value"
      return
      ;;
    mount) property=mounted wanted=yes ;;
    readonly) property=readonly wanted=off ;;
    share) property=sharenfs wanted=$2 ;;
    *) property=$1 wanted=$2 ;;
  esac
  lookup "$dataset" "$property"
  [ "$value" != "$wanted" ] || return 0
  case $property in
    mounted | readonly) refuse unusable "$property" "$value" ;;
    *) refuse property "$property" "$wanted" "$value" ;;
  esac
}

main() {
  [ "$#" -ge 14 ] || exit 2
  begin "$1" "$2"
  shift 2
  identify "$@"
  shift 10
  share_key=$1
  shift

  look
  check_identity
  for each in "$@"; do
    repair "${each%%=*}" "${each#*=}"
    look
    check_identity
    verify "${each%%=*}" "${each#*=}"
    say repaired "${each%%=*}"
  done
  say result repaired
  finish 0
}

</dev/null main "$@"
