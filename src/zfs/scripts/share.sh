# shellcheck shell=sh disable=SC2154 # prelude.sh goes before it
# main NONCE ZFS_COMMAND INSTANCE_KEY INSTANCE CLUSTER_KEY CLUSTER VOLUME_KEY SHARE_KEY PROPERTIES (DATASET VOLUME LINUX FREEBSD)...
# Shares datasets with others than before, each on its own: what forbids it for one does not for the next. An
# empty LINUX or FREEBSD stands for the one before. Only what differs is set: each set makes the host look at all
# of its exports. One that is `off` was taken off the net by a person, and stays so. SHARE_KEY: user property that
# tells later what it was shared by.

# leave REASON DETAIL...: it stays as it is
leave() {
  output=$state
  emit row
  say left "$@"
}

stumble() {
  case $output in
    *"cannot open '$dataset': dataset does not exist"*)
      say told absent
      return
      ;;
  esac
  say failed "$1" "$status"
  emit stderr
}

# Of no use to the share itself: that it fails takes nothing from it.
note_share() {
  is_local "$share_key" "$share" || zfs_run set "$share_key=$share" "$dataset"
}

reshare() {
  read_rows "$properties" "$dataset"
  datasets_read=1
  [ "$status" -eq 0 ] || { stumble read && return; }
  if has_extra_rows; then leave unreadable identity && return; fi
  lookup "$dataset" type
  [ "$value" = filesystem ] || { leave type "$value" && return; }
  is_ours || { leave identity && return; }
  lookup "$dataset" sharenfs
  case $source:$value in
    "local:$share") note_share && say told unchanged && return ;;
    local:off) say told off && return ;;
  esac
  # At once, so that nobody sees one without the other; else the note first, as what it says will be done again.
  set_all "$share_key=$share" "sharenfs=$share"
  [ "$status" -eq 0 ] || { stumble set && return; }
  say told shared
}

main() {
  [ "$#" -ge 13 ] || exit 2
  begin "$1" "$2"
  instance_key=$3 instance=$4 cluster_key=$5 cluster=$6 volume_key=$7 share_key=$8
  shift 8
  properties=$1
  shift
  linux='' freebsd=''
  while [ "$#" -ge 4 ]; do
    dataset=$1 volume=$2 linux=${3:-$linux} freebsd=${4:-$freebsd}
    shift 4
    choose_share "$linux" "$freebsd"
    say next "$dataset"
    reshare
  done
  finish 0
}

</dev/null main "$@"
