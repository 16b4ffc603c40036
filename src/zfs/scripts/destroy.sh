# shellcheck shell=sh disable=SC2154 # prelude.sh goes before it
# main NONCE ZFS_COMMAND <identify> PARENT_GUID DESTROY_SNAPSHOTS ONLY_IF_EMPTY EMPTY_BYTES MOUNTPOINT
# Destroys the dataset after its identity was read from it, and never more than it: no -r, no -f. Plain
# `zfs destroy` looks for children, snapshots and clones before it unshares and unmounts, so with nothing
# in the way it is the only command that changes anything. Snapshots go only after the unmount worked.

is_gone() {
  [ "$status" -eq 1 ] && has_line "cannot open '$dataset': dataset does not exist"
}

# It is gone only if ZFS names it, exactly, between two looks at a parent that is there to be seen: a pool that
# is imported or exported meanwhile can make any one of these answers. Returns if it is not gone.
conclude_if_absent() {
  is_gone || return 0
  kept_status=$status kept_output=$output
  see_parent
  zfs_run get -Hp -o value guid "$dataset"
  if is_gone; then
    see_parent
    say result absent
    finish 0
  fi
  status=$kept_status output=$kept_output
}

see_parent() {
  read_state "$parent"
  [ "$status" -eq 0 ] || fail read
  check_parent
  check_mountpoint
}

check_parent() {
  lookup "$parent" guid
  is_number "$value" || refuse unreadable guid
  [ -z "$parent_guid" ] || [ "$value" = "$parent_guid" ] || refuse parent "$value"
}

# The dataset that is gone must be the one that the volume named: its parent would mount it there.
check_mountpoint() {
  [ -n "$mountpoint" ] || return 0
  lookup "$parent" mountpoint
  [ "${value%/}/${dataset##*/}" = "$mountpoint" ] || refuse elsewhere "$value"
}

check_empty() {
  lookup "$dataset" referenced
  is_number "$value" || refuse unreadable referenced
  if less_than "$empty_bytes" "$value"; then refuse content "$value bytes"; fi
  lookup "$dataset" mounted
  [ "$value" = yes ] || refuse content "it is not mounted"
  lookup "$dataset" mountpoint
  case $value in
    /*) ;;
    *) refuse content "it has no mountpoint" ;;
  esac
  listing=$(ls -A "$value" 2>&1) || refuse content "it cannot be looked into"
  [ -z "$listing" ] || refuse content files
}

# Who has the file system, as far as any user of the host may see it: a container has a mount table of its
# own, where it stays when the host has unmounted it. Linux only; elsewhere nothing is told.
tell_holders() {
  if grep -sqF " $dataset " /proc/self/mountinfo; then
    say holder
    return 0
  fi
  set +f
  tables=$(grep -lsF " $dataset " /proc/[0-9]*/mountinfo) || :
  set -f
  for table in $tables; do
    folder=${table%/mountinfo}
    name=$(tr -c 'A-Za-z0-9._\n-' _ 2>/dev/null <"$folder/comm") || continue
    pod=$(sed -n 's/.*pod\([0-9a-f_-]\{36\}\).*/\1/p' "$folder/cgroup" 2>/dev/null) || :
    say holder "${folder##*/}" "$name" "${pod%%"$NL"*}"
  done
}

# Mounted and shared as it was found.
restore() {
  [ "$was_mounted" = yes ] || return 0
  kept_status=$status kept_output=$output
  mounted=yes shared=yes
  zfs_run mount "$dataset"
  [ "$status" -eq 0 ] || has_line "cannot mount '$dataset': filesystem already mounted" || mounted=no
  if [ "$was_shared" = yes ]; then
    zfs_run share "$dataset"
    [ "$status" -eq 0 ] || has_line "cannot share '$dataset': filesystem already shared" || shared=no
  fi
  say restored "$mounted" "$shared"
  status=$kept_status output=$kept_output
}

has_children() {
  case $output in
    *"cannot destroy '$dataset': filesystem has children"*) return 0 ;;
  esac
  return 1
}

# Ends well, or restores and fails.
conclude() {
  if [ "$status" -eq 0 ]; then
    say result destroyed
    finish 0
  fi
  conclude_if_absent
  if mount_is_busy || dataset_is_busy; then
    tell_holders
    was_mounted=yes # in use, yet not mounted: an attempt before this one could not mount it again
  fi
  restore
  fail "$1"
}

# Children always keep it; snapshots do unless they were agreed to go; a hold or a clone keeps a snapshot.
check_dependents() {
  zfs_run list -H -o name -d 1 -t filesystem,volume,snapshot "$dataset"
  [ "$status" -eq 0 ] || fail list
  emit listed
  case $NL$output in
    *"$NL$dataset/"*) refuse children ;;
    *"$NL$dataset@"*) ;;
    *) return 0 ;;
  esac
  [ "$only_if_empty" = no ] || refuse content snapshots
  [ "$destroy_snapshots" = yes ] || refuse snapshots

  zfs_run get -Hp -d 1 -t snapshot -o name,property,value userrefs,clones "$dataset"
  [ "$status" -eq 0 ] || fail holds
  pinned=$(printf '%s\n' "$output" | awk -F "$TAB" '
    $2 == "userrefs" && $3 + 0 > 0 { pin = "held" FS $1 }
    $2 == "clones" && $3 != "" && $3 != "-" { pin = "cloned" FS $1 FS $3 }
    END { print pin }')
  [ -z "$pinned" ] || refuse "$pinned"
}

destroy_with_snapshots() {
  check_dependents
  if [ "$was_mounted" = yes ]; then
    persist unmount "$dataset"
    [ "$status" -eq 0 ] || has_line "cannot unmount '$dataset': not currently mounted" || conclude unmount
  fi
  zfs_run destroy "$dataset@%"
  [ "$status" -eq 0 ] || conclude destroy-snapshots
  say snapshots destroyed
  persist destroy "$dataset"
  conclude destroy
}

main() {
  [ "$#" -eq 17 ] || exit 2
  begin "$1" "$2"
  shift 2
  identify "$@"
  shift 10
  parent_guid=$1 destroy_snapshots=$2 only_if_empty=$3 empty_bytes=$4 mountpoint=$5

  read_state "$dataset" "$parent"
  if [ "$status" -ne 0 ]; then
    is_gone || fail read
    conclude_if_absent
    read_state "$dataset" "$parent"
    [ "$status" -eq 0 ] || fail read
  fi
  check_parent
  check_identity
  [ "$only_if_empty" = no ] || check_empty

  lookup "$dataset" mounted
  was_mounted=$value
  lookup "$dataset" sharenfs
  if [ "$value" = off ]; then was_shared=no; else was_shared=yes; fi

  lookup "$dataset" usedbysnapshots
  if [ "$value" = 0 ]; then
    persist destroy "$dataset"
    has_children || conclude destroy
  fi
  destroy_with_snapshots
}

</dev/null main "$@"
