# shellcheck shell=sh disable=SC2154 # prelude.sh goes before it
# main NONCE ZFS_COMMAND <identify> CHMOD_COMMAND MODE KEY=VALUE...
# Creates the dataset with all properties, or adopts one that an attempt of ours left behind; proves that it
# is mounted, shared and limited as asked; sets the mode of its root directory. What this run created and
# cannot finish is taken away again.

create() {
  for property in "$@"; do
    shift
    set -- "$@" -o "$property"
  done
  zfs_run create "$@" "$dataset"
}

# abandon: what this very run created must not stay behind
abandon() {
  [ "$origin" = created ] || return 0
  kept_status=$status kept_output=$output
  persist destroy "$dataset"
  if [ "$status" -eq 0 ]; then say undone yes; else say undone no; fi
  status=$kept_status output=$kept_output
}

give_up() {
  abandon
  fail "$1"
}

look() {
  read_state "$dataset" "$parent"
  [ "$status" -eq 0 ] || give_up read
}

# A dataset that cannot be mounted, or not written to, is of no use whatever else is repaired.
check_place() {
  lookup "$dataset" mountpoint
  mountpoint=$value
  case $mountpoint in
    /*) ;;
    *) abandon && refuse unusable mountpoint "$value" ;;
  esac
  lookup "$dataset" readonly
  [ "$value" = off ] || { abandon && refuse unusable readonly "$value"; }
}

# differs KEY=VALUE: user properties (those with a colon) must be set on the dataset itself
differs() {
  lookup "$dataset" "${1%%=*}"
  [ "$value" = "${1#*=}" ] || return 0
  case ${1%%=*} in
    *:*) [ "$source" != local ] ;;
    *) return 1 ;;
  esac
}

# settle KEY=VALUE...: sets what differs. A reservation is dropped before the quota below it moves.
settle() {
  for property in "$@"; do
    differs "$property" || continue
    case $property in
      refquota=*)
        lookup "$dataset" refreservation
        if [ "$value" != 0 ]; then set_property refreservation=none; fi
        ;;
    esac
    set_property "$property"
  done
}

set_property() {
  zfs_run set "$1" "$dataset"
  [ "$status" -eq 0 ] && return 0
  # Set, but not shared: sharing is tried, and proven, afterwards.
  case $1$output in
    sharenfs=*"property may be set but unable to reshare filesystem"*) return 0 ;;
  esac
  fail set
}

adopt() {
  read_rows receive_resume_token "$dataset"
  lookup "$dataset" receive_resume_token
  # Old releases do not know the property, and cannot resume either.
  case $value in
    '' | -) ;;
    *) refuse receiving ;;
  esac
  look
  check_identity
  check_place
  settle "$@"
}

# Mounts and shares; that it was so already is as good.
publish() {
  lookup "$dataset" mounted
  if [ "$value" != yes ]; then
    zfs_run mount "$dataset"
    [ "$status" -eq 0 ] || has_line "cannot mount '$dataset': filesystem already mounted" || give_up mount
  fi
  for property in "$@"; do
    case $property in
      sharenfs=off) ;;
      sharenfs=*)
        zfs_run share "$dataset"
        [ "$status" -eq 0 ] || has_line "cannot share '$dataset': filesystem already shared" || give_up share
        ;;
    esac
  done
}

verify() {
  check_place
  lookup "$dataset" mounted
  [ "$value" = yes ] || { abandon && refuse unusable mounted "$value"; }
  for property in "$@"; do
    differs "$property" || continue
    abandon
    refuse property "${property%%=*}" "${property#*=}" "$value"
  done
}

permit() {
  status=0
  # shellcheck disable=SC2086 # the words of the command are meant to be split; set -f is on
  output=$($chmod_command "$mode" "$mountpoint" 2>&1) || status=$?
  [ "$status" -eq 0 ] || give_up chmod
}

main() {
  [ "$#" -ge 14 ] || exit 2
  begin "$1" "$2"
  shift 2
  identify "$@"
  shift 10
  chmod_command=$1 mode=$2 origin=created
  shift 2

  create "$@"
  if [ "$status" -eq 0 ]; then
    look
  elif has_line "cannot create '$dataset': dataset already exists"; then
    origin=adopted
    adopt "$@"
    publish "$@"
    look
  else
    case $output in
      *"filesystem successfully created, but "*) ;;
      *) fail create ;;
    esac
    look
    check_place
    publish "$@"
    look
  fi
  verify "$@"
  permit
  say result "$origin"
  finish 0
}

</dev/null main "$@"
