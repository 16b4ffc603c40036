#!/bin/sh
# Runs containerd and a kubelet as a node of its own on this machine: in a cgroup, a mount namespace and a
# cgroup namespace, with /run and /var written to by nobody else. Ends when the kubelet ends.
#
#   namespace.sh enter FOLDER CGROUP MOUNTING_LOCK SEEN_MOUNTPOINTS CONTAINERD_LOG IMAGE KUBELET [ARGUMENT]...
#
# SEEN_MOUNTPOINTS, one a line: the file systems that come and go in the node as they do on the machine.
set -eu

# Nothing mounts while the copies of all mounts are made and dropped: a copy keeps a dataset busy.
enter() {
  exec 9>"$3"
  flock 9
  echo $$ >"$2/cgroup.procs"
  exec unshare --mount --cgroup --propagation slave sh "$0" inside "$@"
}

# The mounts that the node does not need, the uppermost of each tree: not those at, below or above a path
# that it does need.
needless_mounts() {
  awk -v needed="$1" '
    function within(path, top) { return index(path "/", top "/") == 1 }
    BEGIN { count = split(needed, paths, "\n") }
    $5 == "/" { next }
    {
      for (i = 1; i <= count; i++) {
        if (paths[i] != "" && (within($5, paths[i]) || within(paths[i], $5))) next
      }
      for (top in dropped) if (within($5, top)) next
      dropped[$5]
      print $5
    }' /proc/self/mountinfo
}

drop_needless_mounts() {
  needless_mounts "/proc
/sys
/dev
$1" | while read -r mountpoint; do umount --lazy "$mountpoint" || :; done
}

# As unshare made them, mounts follow the machine. Only what the node shall see goes on doing so.
follow_only() {
  mount --make-private /
  mount --make-shared /
  echo "$1" | while read -r mountpoint; do
    [ -z "$mountpoint" ] || mount --make-rshared "$mountpoint"
  done
}

# The kubelet sets these, and they are the machine's: it finds files instead, with the values it wants.
hide_knobs() {
  while read -r knob value; do
    echo "$value" >"$1/$(basename "$knob")"
    mount --bind "$1/$(basename "$knob")" "/proc/sys/$knob"
  done <<KNOBS
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
KNOBS
}

# The kubelet's and containerd's own folders lie on the disk, since overlays cannot lie on an overlay.
give_own_folders() {
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/node/disk /run/node/var /run/node/work "$1/kubelet" "$1/containerd"
  mount --bind "$1" /run/node/disk
  mount -t overlay -o lowerdir=/var,upperdir=/run/node/var,workdir=/run/node/work overlay /var
  mkdir -p /var/lib/kubelet /var/lib/containerd
  mount --bind /run/node/disk/kubelet /var/lib/kubelet
  mount --bind /run/node/disk/containerd /var/lib/containerd
}

start_containerd() {
  containerd --config "$1/containerd.toml" >"$2" 2>&1 &
  containerd=$!
  until ctr version >/dev/null 2>&1; do
    kill -0 "$containerd"
    sleep 0.05
  done
  ctr --namespace k8s.io images import "$3" >>"$2" 2>&1
}

inside() {
  folder=$1 seen=$4 log=$5 image=$6
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  drop_needless_mounts "$folder
$7
$seen"
  exec 9>&-
  follow_only "$seen"
  # The root of the new tree is the node's own cgroup.
  umount --lazy /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mkdir /sys/fs/cgroup/node
  echo $$ >/sys/fs/cgroup/node/cgroup.procs
  mkdir "$folder/knobs"
  hide_knobs "$folder/knobs"
  give_own_folders "$folder"
  cd /
  start_containerd "$folder" "$log" "$image"
  shift 6
  exec "$@"
}

"$@"
