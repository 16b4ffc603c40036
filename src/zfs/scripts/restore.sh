# shellcheck shell=sh disable=SC2154 # prelude.sh and removal.sh go before it
# main NONCE ZFS_COMMAND <identify> TARGET FROM_KEY AT_KEY EXPIRES_KEY SHARE_KEY RESERVATION_KEY READONLY_KEY
#   RETAINED_KEY
# Takes the dataset out of the trash: reserves what it had reserved, renames it to TARGET, beside the trash, and then
# makes it what its notes say: writable, mounted, shared. The notes go last: a restore that was cut off finds the
# dataset at TARGET, and does the rest.

check_target() {
  [ "${parent##*/}" = .trash ] || refuse untrashed
  home=${parent%/*}
  [ "${target%/*}" = "$home" ] || refuse nothome "$target" "$home"
  case ${target##*/} in
    '' | .*) refuse nothome "$target" "$home" ;;
  esac
}

# look: reads the dataset and where it belongs
look() {
  read_state "$dataset" "$home"
}

# noted KEY: sets $note, empty where there is none
noted() {
  lookup "$dataset" "$1"
  note=''
  [ "$source" != local ] || note=$value
}

# require STEP: the command that has just run
require() {
  [ "$status" -eq 0 ] || fail "$1"
}

# put_back PROPERTY KEY
put_back() {
  noted "$2"
  case $note in
    '') return 0 ;;
    inherit) zfs_run inherit "$1" "$dataset" ;;
    *) zfs_run set "$1=$note" "$dataset" ;;
  esac
  require set
}

# Before it is taken out: there may be no room for it.
reserve() {
  noted "$reservation_key"
  case $note in
    '' | 0) return 0 ;;
  esac
  is_number "$note" || refuse unreadable "$reservation_key"
  zfs_run set "refreservation=$note" "$dataset"
  require reserve
}

take_out() {
  check_identity
  zfs_run get -Hp -o value guid "$target"
  [ "$status" -ne 0 ] || refuse exists "$target"
  has_line "cannot open '$target': dataset does not exist" || fail read
  reserve
  zfs_run rename "$dataset" "$target"
  if [ "$status" -ne 0 ]; then
    kept_status=$status kept_output=$output
    zfs_run set refreservation=none "$dataset"
    if [ "$status" -eq 0 ]; then say undone yes; else say undone no; fi
    status=$kept_status output=$kept_output
    fail rename
  fi
  dataset=$target
  say renamed "$dataset"
}

# find_it: in the trash, or taken out of it already
find_it() {
  look
  if [ "$status" -eq 0 ]; then
    take_out
    return
  fi
  is_gone || fail read
  kept_status=$status kept_output=$output from=$dataset
  dataset=$target
  look
  if [ "$status" -ne 0 ]; then
    dataset=$from status=$kept_status output=$kept_output
    fail read
  fi
  check_identity
  say renamed "$dataset"
  reserve # a person who renamed it by hand did not
}

# publish: writable, mounted and shared, as it was before
publish() {
  zfs_run set canmount=on "$dataset"
  require set
  put_back readonly "$readonly_key"
  lookup "$dataset" mounted
  if [ "$value" != yes ]; then
    mount_dataset
    [ "$status" -eq 0 ] || fail mount
  fi
  put_back sharenfs "$share_key"
  look
  require read
  lookup "$dataset" sharenfs
  [ "$value" != off ] || return 0
  share_dataset
  [ "$status" -eq 0 ] || fail share
}

# is_as_noted KEY PROPERTY
is_as_noted() {
  noted "$1"
  lookup "$dataset" "$2"
  case $note in
    '') return 0 ;;
    inherit) [ "$source" != local ] ;;
    *) [ "$value" = "$note" ] ;;
  esac
}

verify() {
  lookup "$dataset" mounted
  [ "$value" = yes ] || refuse unusable mounted "$value"
  lookup "$dataset" mountpoint
  case $value in
    /*) ;;
    *) refuse unusable mountpoint "$value" ;;
  esac
  is_as_noted "$share_key" sharenfs || refuse property sharenfs "$note" "$value"
  is_as_noted "$readonly_key" readonly || refuse property readonly "$note" "$value"
  is_as_noted "$reservation_key" refreservation || refuse property refreservation "$note" "$value"
}

forget() {
  for noted_key in "$from_key" "$at_key" "$expires_key" "$share_key" "$reservation_key" "$readonly_key" "$retained_key"; do
    lookup "$dataset" "$noted_key"
    [ "$source" = local ] || continue
    zfs_run inherit "$noted_key" "$dataset"
    require set
  done
}

main() {
  [ "$#" -eq 20 ] || exit 2
  begin "$1" "$2"
  shift 2
  identify "$@"
  shift 10
  target=$1 from_key=$2 at_key=$3 expires_key=$4 share_key=$5 reservation_key=$6 readonly_key=$7
  retained_key=$8

  check_target
  find_it
  look
  require read
  publish
  verify
  forget
  say result restored
  finish 0
}

</dev/null main "$@"
