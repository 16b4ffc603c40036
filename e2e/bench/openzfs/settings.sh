# shellcheck shell=bash disable=SC2034 # what both build.sh and machine.sh need; they source it
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${ZFSVM_CACHE:-${ZFS_PROVISIONER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/zfs-provisioner}/openzfs}
ROLE=${ZFSVM_ROLE:-storage}
RC=$CACHE/$ROLE # this role's image and template
case $ROLE in
  storage) MEM=${ZFSVM_MEM:-1024} IP=${ZFSVM_IP:-192.168.77.1/24} ;;
  worker) MEM=${ZFSVM_MEM:-2048} IP=${ZFSVM_IP:-192.168.77.101/24} ;;
  *)
    echo "unknown role $ROLE" >&2
    exit 2
    ;;
esac

say() { echo "openzfs: $*" >&2; }
die() {
  say "$*"
  exit 1
}
secs() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(secs)" 'BEGIN{printf "%.1f s", b-a}'; }
