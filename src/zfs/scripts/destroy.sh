# shellcheck shell=sh disable=SC2154 # prelude.sh and removal.sh go before it
# main NONCE ZFS_COMMAND <identify> PARENT_GUID DESTROY_SNAPSHOTS ONLY_IF_EMPTY EMPTY_BYTES MOUNTPOINT
#   ON_DELETE_KEY EXPIRES_KEY EXPIRED_BY
# Destroys the dataset after its identity was read from it, and never more than it: no -r, no -f. Plain
# `zfs destroy` looks for children, snapshots and clones before it unshares and unmounts, so with nothing
# in the way it is the only command that changes anything. Snapshots go only after the unmount worked.
# DESTROY_SNAPSHOTS: no; yes, but none that another tool made; all.

look_elsewhere() {
  if [ "$only_if_empty" = yes ] || [ -n "$expired_by" ]; then return 0; fi
  refuse_renamed
}

# What was to be had back stays: in use, until it was put into the trash; there, until the time has come that it
# tells itself. EXPIRED_BY: seconds since 1970; empty: it is not in the trash.
check_agreed() {
  if [ -n "$expired_by" ]; then
    is_in_trash || refuse untrashed
    lookup "$dataset" "$expires_key"
    [ "$source" = local ] || value=''
    case $value in
      '' | *[!0-9]* | 0?*) refuse kept '' "it does not say when it expires" ;;
    esac
    if less_than "$expired_by" "$value"; then refuse kept '' "it expires later"; fi
    return 0
  fi
  if is_in_trash; then refuse kept '' "it is in the trash"; fi
  [ "$only_if_empty" = no ] || return 0
  for instead in trash retain; do
    if is_local "$on_delete_key" "$instead"; then refuse kept "$instead"; fi
  done
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

has_children() {
  case $output in
    *"cannot destroy '$dataset': filesystem has children"*) return 0 ;;
  esac
  return 1
}

# Ends well, or mounts it again and fails.
conclude() {
  if [ "$status" -eq 0 ]; then
    say result destroyed
    finish 0
  fi
  conclude_if_absent
  if mount_is_busy || dataset_is_busy; then
    tell_holders
    [ -n "$expired_by" ] || was_mounted=yes # in use, yet not mounted: an attempt before this one could not mount it again
  fi
  mount_again
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
  [ "$destroy_snapshots" != no ] || refuse snapshots
  [ "$destroy_snapshots" = all ] || check_foreign

  zfs_run get -Hp -d 1 -t snapshot -o name,property,value userrefs,clones "$dataset"
  [ "$status" -eq 0 ] || fail holds
  pinned=$(printf '%s\n' "$output" | awk -F "$TAB" '
    $2 == "userrefs" && $3 + 0 > 0 { pin = "held" FS $1 }
    $2 == "clones" && $3 != "" && $3 != "-" { pin = "cloned" FS $1 FS $3 }
    END { print pin }')
  [ -z "$pinned" ] || refuse "$pinned"
}

# Backups or the state of a replication, by how known tools call theirs: sanoid, syncoid, zrepl, zfs-auto-snapshot,
# pyznap, Proxmox, TrueNAS.
check_foreign() {
  foreign=$(printf '%s\n' "$output" | awk -F @ '
    $2 ~ /^(autosnap_|syncoid_|zrepl_|zfs-auto-snap[_:-]|pyznap_|__replicate_|auto-[0-9][0-9][0-9][0-9])/ { print; exit }')
  [ -z "$foreign" ] || refuse foreign "$foreign"
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
  [ "$#" -eq 20 ] || exit 2
  begin "$1" "$2"
  shift 2
  identify "$@"
  shift 10
  parent_guid=$1 destroy_snapshots=$2 only_if_empty=$3 empty_bytes=$4 mountpoint=$5
  on_delete_key=$6 expires_key=$7 expired_by=$8

  find_dataset
  check_identity
  check_agreed
  [ "$only_if_empty" = no ] || check_empty
  look_at_use

  lookup "$dataset" usedbysnapshots
  if [ "$value" = 0 ]; then
    persist destroy "$dataset"
    has_children || conclude destroy
  fi
  destroy_with_snapshots
}

</dev/null main "$@"
