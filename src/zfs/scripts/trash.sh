# shellcheck shell=sh disable=SC2154 # prelude.sh and removal.sh go before it
# main NONCE ZFS_COMMAND <identify> MODE PARENT_GUID MOUNTPOINT <notes> LEAF AT EXPIRES
# MODE trash: takes the dataset out of use and renames it to PARENT/.trash/LEAF, with all that it has. It is unmounted
# before anything is changed, which is impossible while it is in use; what has to be known to have it back is noted on
# it before it is changed. MODE retain: notes on it that it was meant to stay. AT, EXPIRES: seconds since 1970.

# notes ON_DELETE_KEY RETAINED_KEY FROM_KEY AT_KEY EXPIRES_KEY SHARE_KEY RESERVATION_KEY READONLY_KEY
notes() {
  on_delete_key=$1 retained_key=$2 from_key=$3 at_key=$4
  expires_key=$5 share_key=$6 reservation_key=$7 readonly_key=$8
}

# An attempt before this one may have put it into the trash.
look_elsewhere() {
  zfs_run get -Hp -d 1 -t filesystem -o name,property,value,source "$from_key" "$trash"
  if [ "$status" -ne 0 ]; then
    has_line "cannot open '$trash': dataset does not exist" || fail read
    refuse_renamed
    return 0
  fi
  candidates=$(printf '%s\n' "$output" | DATASET=$dataset awk -F "$TAB" '
    $3 == ENVIRON["DATASET"] && $4 == "local" { print $1 }')
  from=$dataset
  for dataset in $candidates; do
    read_state "$dataset"
    [ "$status" -eq 0 ] || fail read
    if has_extra_rows || ! is_ours; then continue; fi
    [ "$mode" = trash ] || refuse intrash "$dataset"
    lookup "$dataset" "$expires_key"
    say result trashed "$dataset" "$value"
    finish 0
  done
  dataset=$from
  refuse_renamed
}

# is_told_in_part: a dataset of the classic provisioner is told whose it is before it goes; on old releases one
# property after the other
is_told_in_part() {
  is_local "$instance_key" "$instance" && is_local "$cluster_key" "$cluster" &&
    is_unset "$volume_key" && [ "${dataset##*/}" = "$volume" ]
}

check_ours() {
  if has_extra_rows; then refuse unreadable identity; fi
  lookup "$dataset" type
  if [ "$value" = filesystem ] && is_told_in_part; then return 0; fi
  check_identity
}

# They would go with it, and are somebody's.
check_children() {
  zfs_run list -H -o name -d 1 -t filesystem,volume "$dataset"
  [ "$status" -eq 0 ] || fail list
  emit listed
  case $NL$output in
    *"$NL$dataset/"*) refuse children ;;
  esac
}

# An instance and a cluster say whose it is; no volume does, so that it is never taken for one.
make_trash() {
  zfs_run get -Hp -o value type "$trash"
  [ "$status" -ne 0 ] || return 0
  has_line "cannot open '$trash': dataset does not exist" || fail read
  zfs_run create -o canmount=off -o sharenfs=off \
    -o "$instance_key=$instance" -o "$cluster_key=$cluster" "$trash"
  [ "$status" -eq 0 ] || has_line "cannot create '$trash': dataset already exists" || fail make-trash
}

# is_held: whether another table of mounts still has it, as that of a container does
is_held() {
  set +f
  held=no
  if grep -qsF " $dataset " /proc/self/mountinfo /proc/[0-9]*/mountinfo; then held=yes; fi
  set -f
  [ "$held" = yes ]
}

is_held_for_long() {
  is_held || return 1
  for delay in $delays; do
    case $delay in
      0.*) sleep "$delay" 2>/dev/null || sleep 1 ;;
      *) break ;;
    esac
    is_held || return 1
  done
}

# Found unmounted and in use: an attempt before this one could not mount it again.
take_out_of_use() {
  if [ "$was_mounted" = yes ]; then
    persist unmount "$dataset"
    if [ "$status" -ne 0 ] && ! has_line "cannot unmount '$dataset': not currently mounted"; then
      if mount_is_busy; then tell_holders; fi
      mount_again
      fail unmount
    fi
  fi
  is_held_for_long || return 0
  tell_holders
  was_mounted=yes
  mount_again
  refuse busy
}

# noted KEY PROPERTY LEFT: sets $note, what PROPERTY is to be again, `inherit` where it is not set on the dataset: as an
# attempt before this one noted it where it has set it to LEFT already, else as it is now
noted() {
  lookup "$dataset" "$1"
  note=''
  [ "$source" != local ] || note=$value
  lookup "$dataset" "$2"
  if [ -n "$note" ] && [ "$value" = "$3" ]; then return 0; fi
  note=$value
  [ "$source" = local ] || [ "$2" = refreservation ] || note=inherit
}

# take_stock: what the dataset is to be again
take_stock() {
  noted "$share_key" sharenfs off
  share=$note
  noted "$readonly_key" readonly on
  readonly=$note
  noted "$reservation_key" refreservation 0
  reservation=$note
  is_number "$reservation" || refuse unreadable refreservation
}

# write_notes: what was found, and whose it is
write_notes() {
  set -- "$from_key=$dataset" "$at_key=$at" "$expires_key=$expires" \
    "$share_key=$share" "$readonly_key=$readonly" "$reservation_key=$reservation"
  if is_unset "$volume_key"; then set -- "$@" "$cluster_key=$cluster" "$volume_key=$volume"; fi
  set_all "$@"
  [ "$status" -eq 0 ] || give_up note
}

# put_back PROPERTY NOTE
put_back() {
  if [ "$2" = inherit ]; then zfs_run inherit "$1" "$dataset"; else zfs_run set "$1=$2" "$dataset"; fi
  [ "$status" -eq 0 ] || undone=no
}

# give_up STEP: as it was found, but for the notes
give_up() {
  kept_status=$status kept_output=$output undone=yes
  if [ -n "$changed" ]; then
    put_back canmount on
    put_back readonly "$readonly"
    put_back refreservation "$reservation"
    put_back sharenfs "$share"
    case $share in
      off | inherit) ;;
      *) was_shared=yes ;;
    esac
    say undone "$undone"
  fi
  status=$kept_status output=$kept_output
  mount_again
  fail "$1"
}

put_into_trash() {
  if is_local "$on_delete_key" retain; then refuse kept retain; fi
  check_children
  look_at_use
  take_stock
  make_trash
  take_out_of_use
  write_notes
  changed=yes
  set_all sharenfs=off readonly=on refreservation=none canmount=noauto
  [ "$status" -eq 0 ] || give_up set
  zfs_run rename "$dataset" "$trash/$leaf"
  [ "$status" -eq 0 ] || give_up rename
  say result trashed "$trash/$leaf" "$expires"
  finish 0
}

retain() {
  lookup "$dataset" "$retained_key"
  if [ "$source" != local ] || ! is_number "$value"; then
    zfs_run set "$retained_key=$at" "$dataset"
    [ "$status" -eq 0 ] || fail set
  fi
  say result retained
  finish 0
}

main() {
  [ "$#" -eq 26 ] || exit 2
  begin "$1" "$2"
  shift 2
  identify "$@"
  shift 10
  mode=$1 parent_guid=$2 mountpoint=$3
  shift 3
  notes "$@"
  shift 8
  leaf=$1 at=$2 expires=$3
  trash=$parent/.trash changed=''

  find_dataset
  check_ours
  if is_in_trash; then refuse kept '' "it is in the trash"; fi
  [ "$mode" = trash ] || retain
  put_into_trash
}

</dev/null main "$@"
