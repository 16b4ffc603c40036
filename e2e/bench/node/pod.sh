#!/bin/sh
# pod.sh TREE NODE BUNDLE USER GROUP FSGROUP
# Runs BUNDLE with NODE as a restricted pod would: /home, /etc and /run are those of TREE, nothing is writable,
# as the numbers USER, GROUP and FSGROUP, without a capability. To be called in a mount namespace of its own.
set -eu
tree=$1 node=$2 bundle=$3 user=$4 group=$5 fsgroup=$6

# A pod has no file systems of storage hosts: what is mounted here cannot be destroyed there. One that is
# mounted within another goes with it, before its turn comes.
while read -r _ path type _; do
  case $type in fuse* | zfs) umount -l "$path" 2>/dev/null || true ;; esac
done </proc/mounts

touch "$tree/run/node" "$tree/run/main.cjs"
mount --bind "$node" "$tree/run/node"
mount --bind "$bundle" "$tree/run/main.cjs"
mount --bind "$tree/etc" /etc
mount --rbind "$tree/run" /run
mount --bind "$tree/home" /home
for path in / /etc /run /home; do
  mount -o remount,bind,ro "$path"
done
cd /
exec setpriv --reuid="$user" --regid="$group" --groups="$fsgroup" --no-new-privs \
  --inh-caps=-all --bounding-set=-all /run/node /run/main.cjs
