#!/bin/bash
# A virtual machine with real OpenZFS and kernel NFS (or a worker with containerd), without KVM.
#
#   machine.sh build               build what it needs, memory template included
#   machine.sh run NAME            start it from the template; ends when it ends
#   machine.sh start NAME          the same in the background; returns when it can be used
#   machine.sh stop NAME           end it and forget its disks
#   machine.sh ssh NAME CMD...     run CMD as root
#   machine.sh monitor NAME CMD... commands for QEMU's monitor
#   machine.sh clean               forget the cache
#
# Guest: Debian's userland and cloud kernel, OpenZFS from zfs-dkms, kernel nfsd (NFSv4 only), OpenSSH, and the
# pool `tank` with tank/kubernetes on a second virtio disk (/dev/vdb). A worker has containerd, a pod network of
# its own and the image example.test/busybox:1, which is also the pods' sandbox. build.sh builds all of it.
#
# Settings (environment):
#   ZFSVM_CACHE      what is built                     [~/.cache/zfs-provisioner/openzfs]
#   ZFSVM_STATE      running machines                  [/tmp/openzfs-machines]
#   ZFSVM_ROLE       storage | worker                  [storage]
#   ZFSVM_TEMPLATE   1: restore memory from a template (made at the first start), 0: boot [1]
#   ZFSVM_MEM        MiB                               [1024; worker 2048]
#   ZFSVM_POOL_SIZE  size of the (sparse) pool disk    [2 GiB]
#   ZFSVM_FORWARD    a port of this machine led to one of the guest: ADDRESS:PORT-:PORT [none]
#   ZFSVM_SEGMENT    QEMU netdev of the second card    [socket,mcast=239.77.0.1:5577,localaddr=127.0.0.1]
#   ZFSVM_IP         address/prefix on that segment    [192.168.77.1/24; worker 192.168.77.101/24]
#   ZFSVM_SERIAL     file for what the kernel says     [in the state]
set -euo pipefail
. "$(dirname "$0")/settings.sh"

STATE=${ZFSVM_STATE:-/tmp/openzfs-machines}
CPU=Westmere,+rdrand # x86-64-v2 with AES-NI: quicker to start than `max`
POOL_SIZE=${ZFSVM_POOL_SIZE:-2147483648}
SEGMENT=${ZFSVM_SEGMENT:-socket,mcast=239.77.0.1:5577,localaddr=127.0.0.1}

qroot=$CACHE/qemu
qlib=$qroot/usr/lib/x86_64-linux-gnu:$qroot/lib/x86_64-linux-gnu
qrun() { # becomes a program of the unpacked QEMU, which goes with this script, however that ends
  local program=$1
  shift
  QEMU_MODULE_DIR=$qroot/usr/lib/x86_64-linux-gnu/qemu exec setpriv --pdeathsig KILL \
    "$qroot/usr/lib64/ld-linux-x86-64.so.2" --library-path "$qlib" "$qroot/usr/bin/$program" "$@"
}
overlay() { (qrun qemu-img create -q -f qcow2 -F "$1" -b "$2" "$3"); }
monitor() { python3 "$here/monitor.py" "$@"; }
mac() { echo "$1 $IP" | sha256sum | sed -E 's/^(..)(..)(..).*/52:54:00:\1:\2:\3/'; }
free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
end_ssh() { ssh -F "$1/ssh_config" -O exit vm 2>/dev/null || true; }
is_running() { [ -s "$1/pid" ] && kill -0 "$(cat "$1/pid")" 2>/dev/null; }

launch() { # DIR NAME SHARE RAMFILE [more]: starts QEMU in the background; sets QEMU_PID
  local dir=$1 name=$2 share=$3 ram=$4 append memory forwards n=0
  shift 4
  # panic=0: a machine that dies stays dead, so that somebody sees it
  append="root=/dev/vda console=ttyS0 panic=0 quiet loglevel=3 mitigations=off init_on_alloc=0 cryptomgr.notests"
  append+=" tsc=reliable no_timer_check audit=0 apparmor=0 random.trust_cpu=1 net.ifnames=0"
  append+=" zvm.role=$ROLE zvm.name=$name zvm.ip1=$IP"
  memory="memory-backend-ram,id=m,size=${MEM}M"
  [ -z "$ram" ] || memory="memory-backend-file,id=m,size=${MEM}M,mem-path=$ram,share=$share"
  [ -z "$ram" ] || [ "$share" = on ] || memory+=",readonly=on,rom=off" # a private copy of a file that may not be ours
  forwards=hostfwd=tcp:127.0.0.1:$SSH_PORT-:22
  [ -z "${ZFSVM_FORWARD:-}" ] || forwards+=,hostfwd=tcp:$ZFSVM_FORWARD
  rm -f "$dir/monitor"
  # TCG by name: a /dev/kvm may exist in which a stock kernel does not run
  (qrun qemu-system-x86_64 -L "$qroot/usr/share/qemu" -L "$qroot/usr/share/seabios" \
    -nodefaults -no-user-config -machine q35,memory-backend=m -object "$memory" \
    -accel tcg,thread=multi,tb-size=512 -cpu "$CPU" -smp 2 -m "$MEM" -display none \
    -serial "file:${ZFSVM_SERIAL:-$dir/serial.log}" -monitor "unix:$dir/monitor,server,nowait" -pidfile "$dir/pid" \
    -kernel "$CACHE/kernel/vmlinux" -initrd "$RC/initrd.cpio" -append "$append" \
    -drive "if=none,id=r,file=$dir/root.qcow2,cache=unsafe" -device virtio-blk-pci,drive=r,serial=root \
    -drive "if=none,id=p,file=$dir/pool.qcow2,cache=unsafe,discard=unmap" -device virtio-blk-pci,drive=p,serial=pool \
    -netdev "user,id=n0,$forwards" -device virtio-net-pci,netdev=n0,romfile= \
    -netdev "${SEGMENT/,/,id=n1,}" -device "virtio-net-pci,netdev=n1,mac=$(mac "$name"),romfile=" \
    -device virtio-rng-pci "$@") >"$dir/qemu.out" 2>&1 </dev/null 9>&- &
  QEMU_PID=$!
  until [ -S "$dir/monitor" ]; do
    sleep 0.01
    n=$((n + 1))
    if ! kill -0 $QEMU_PID 2>/dev/null || [ $n -gt 3000 ]; then
      cat "$dir/qemu.out" >&2
      die "QEMU did not start"
    fi
  done
}

write_ssh_config() { # DIR
  local dir=$1
  sed "s/^/[127.0.0.1]:$SSH_PORT /" "$RC/host_key.pub" >"$dir/known_hosts"
  install -m 600 "$CACHE/id_ed25519" "$dir/id_ed25519"
  printf '%s\n' 'Host vm' '  HostName 127.0.0.1' "  Port $SSH_PORT" '  User root' "  IdentityFile $dir/id_ed25519" \
    '  IdentitiesOnly yes' "  UserKnownHostsFile $dir/known_hosts" '  StrictHostKeyChecking yes' '  BatchMode yes' \
    '  LogLevel ERROR' '  GSSAPIAuthentication no' '  ControlMaster auto' "  ControlPath $dir/control" \
    '  ControlPersist 600' '  ConnectTimeout 5' '  ServerAliveInterval 5' >"$dir/ssh_config"
}

wait_ssh() { # DIR SECONDS CONDITION
  local dir=$1 end=$(($(date +%s) + $2))
  until timeout 10 ssh -F "$dir/ssh_config" -o ConnectTimeout=1 vm "$3" >/dev/null 2>"$dir/ssh.out"; do
    [ "$(date +%s)" -lt "$end" ] || {
      cat "$dir/ssh.out" >&2
      say "the machine did not come up"
      return 1
    }
    kill -0 "$QEMU_PID" 2>/dev/null || {
      cat "$dir/qemu.out" >&2
      return 1
    }
    sleep 0.05
  done
}

prepare() { # DIR: the storage host's pool, or the worker's image
  if [ "$ROLE" = worker ]; then
    # containerd says by what name it wants the sandbox image
    ssh -F "$1/ssh_config" vm 'ctr -n k8s.io images import /usr/share/busybox-image.tar &&
      ctr -n k8s.io images tag example.test/busybox:1 "$(containerd config dump | sed -nE "s/.*sandbox_image = \"(.*)\"/\1/p")"' >/dev/null
    return
  fi
  # no client knows this server yet: let nobody wait for the end of a grace period
  ssh -F "$1/ssh_config" vm '{ echo Y >/proc/fs/nfsd/v4_end_grace; } 2>/dev/null || :
    zpool list tank >/dev/null 2>&1 || { zpool create -O mountpoint=/tank tank /dev/vdb && zfs create tank/kubernetes; }
    udevadm settle; sync'
}

# named by what makes it
template_dir() { echo "$RC/template-$MEM-$POOL_SIZE-$( (echo "$CPU"; declare -f launch prepare) | sha256sum | cut -c1-12)"; }

make_template() {
  local dir short t
  dir=$(template_dir)
  exec 9>"$RC/lock"
  flock 9
  if [ ! -e "$dir/state" ]; then
    t=$(secs)
    rm -rf "$RC/template-$MEM-$POOL_SIZE"-* # of other versions; who runs on one keeps its files open
    mkdir "$dir.tmp"
    short=$(mktemp -d) # names of sockets must be short
    ln -s "$dir.tmp" "$short/t"
    (fill_template "$short/t")
    rm -rf "$short" "$dir.tmp"/{ssh_config,ssh.out,known_hosts,id_ed25519,monitor,qemu.out,serial.log,pid,control}
    mv "$dir.tmp" "$dir"
    say "template made in $(since "$t")"
  fi
  flock -u 9
  exec 9>&-
}

fill_template() { # DIR: boots, prepares, and writes the memory and the state of the devices
  local dir=$1
  SSH_PORT=$(free_port)
  truncate -s "$POOL_SIZE" "$dir/pool.raw"
  # names relative to the overlay, so that the cache can be moved
  (
    cd "$dir"
    overlay raw ../root.img root.qcow2
    overlay raw pool.raw pool.qcow2
  )
  unset ZFSVM_SERIAL ZFSVM_FORWARD
  # a card without a backend: the template loads with any
  SEGMENT=hubport,hubid=9 launch "$dir" zfs-host on "$dir/ram"
  write_ssh_config "$dir"
  wait_ssh "$dir" 180 'test -e /run/ready' || die "no template"
  prepare "$dir"
  end_ssh "$dir"
  sleep 0.5
  monitor "$dir/monitor" stop 'migrate_set_capability x-ignore-shared on' "migrate \"exec:cat > $dir/state\"" @completed quit
  wait "$QEMU_PID" || true
}

restore() { # DIR NAME TEMPLATE
  local dir=$1 name=$2 template=$3 try setup
  setup="date -s @$(date +%s.%N) >/dev/null; hostname $name; sed -i 's/^127.0.1.1.*/127.0.1.1 $name/' /etc/hosts"
  setup+="; ip addr flush dev eth1; ip link set eth1 down; ip link set eth1 address $(mac "$name")"
  setup+="; ip link set eth1 up; ip addr add $IP dev eth1"
  # about one restore in a hundred hangs in its first commands: then once more
  for try in 1 2 3; do
    overlay qcow2 "$template/root.qcow2" "$dir/root.qcow2"
    overlay qcow2 "$template/pool.qcow2" "$dir/pool.qcow2"
    launch "$dir" "$name" off "$template/ram" -incoming defer
    # `cont` before the state is in leaves the guest stuck
    monitor "$dir/monitor" 'migrate_set_capability x-ignore-shared on' "migrate_incoming \"exec:cat $template/state\"" @completed cont
    ! wait_ssh "$dir" 30 "$setup" || return 0
    end_ssh "$dir"
    kill -9 "$QEMU_PID" 2>/dev/null || true
    wait "$QEMU_PID" 2>/dev/null || true
    say "$name hangs (try $try)"
  done
  die "$name did not start"
}

boot() { # DIR NAME
  local dir=$1 name=$2
  truncate -s "$POOL_SIZE" "$dir/pool.raw"
  overlay raw "$RC/root.img" "$dir/root.qcow2"
  overlay raw "$dir/pool.raw" "$dir/pool.qcow2"
  launch "$dir" "$name" off ''
  wait_ssh "$dir" 180 'test -e /run/ready' || die "$name did not start"
  prepare "$dir"
}

cmd_build() {
  "$here/build.sh"
  [ "${ZFSVM_TEMPLATE:-1}" = 0 ] || [ -e "$(template_dir)/state" ] || make_template
}

cmd_run() {
  local name=$1 dir=$STATE/$1 template='' t
  ! is_running "$dir" || die "$name runs already"
  cmd_build
  [ "${ZFSVM_TEMPLATE:-1}" = 0 ] || template=$(template_dir)
  t=$(secs)
  rm -rf "$dir"
  mkdir -p "$dir"
  SSH_PORT=$(free_port)
  write_ssh_config "$dir"
  if [ -n "$template" ]; then restore "$dir" "$name" "$template"; else boot "$dir" "$name"; fi
  printf 'NAME=%s\nSSH_CONFIG=%s\nIP=%s\n' "$name" "$dir/ssh_config" "${IP%/*}" >"$dir/env.new"
  mv "$dir/env.new" "$dir/env"
  say "$name up in $(since "$t")"
  wait "$QEMU_PID"
}

cmd_start() {
  local dir=$STATE/$1
  rm -f "$dir/env"
  mkdir -p "$STATE"
  setsid "$0" run "$1" >"$STATE/$1.log" 2>&1 </dev/null &
  until [ -e "$dir/env" ]; do
    sleep 0.05
    kill -0 $! 2>/dev/null || {
      cat "$STATE/$1.log" >&2
      exit 1
    }
  done
  cat "$dir/env"
}

cmd_stop() {
  local dir=$STATE/$1 pid
  [ -d "$dir" ] || return 0
  end_ssh "$dir"
  if is_running "$dir"; then
    pid=$(cat "$dir/pid")
    monitor "$dir/monitor" quit 2>/dev/null || kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.05
    done
  fi
  rm -rf "$dir"
}

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
  build) cmd_build ;;
  run | start | stop)
    [ $# -ge 1 ] || die "$verb needs the name of a machine"
    "cmd_$verb" "$@"
    ;;
  ssh | monitor)
    name=$1
    shift
    if [ "$verb" = ssh ]; then exec ssh -F "$STATE/$name/ssh_config" vm "$@"; fi
    monitor "$STATE/$name/monitor" "$@"
    ;;
  clean) rm -rf "$CACHE"/{qemu,kernel,storage,worker,tmp.*,versions,kernel.deb} ;;
  *)
    sed -n '2,/^set -euo/p' "$0" | sed '$d; s/^# \{0,1\}//'
    exit 2
    ;;
esac
