#!/bin/bash
# Builds what machine.sh starts, into the cache: build.sh [--refresh]
#
# QEMU of the suite, unpacked beside; the suite's cloud kernel; OpenZFS's module, built by its dkms package; a
# root file system per role (ZFSVM_ROLE: storage, worker). Needs root, and 4 minutes when nothing is cached.
# The versions of kernel and ZFS are pinned by <cache>/versions; --refresh asks the mirror again. The module
# lies in a file of its own, named by both versions: it is what takes the time.
#
#   ZFSVM_MIRROR   Debian mirror   [from this machine's apt configuration]
#   ZFSVM_SUITE    Debian suite    [trixie]
set -euo pipefail
. "$(dirname "$0")/settings.sh"

SUITE=${ZFSVM_SUITE:-trixie}
COMMON=systemd-sysv,udev,dbus,openssh-server,sudo,iproute2,kmod,procps,netbase,busybox-static,nfs-common,e2fsprogs
STORAGE_PACKAGES=$COMMON,zfsutils-linux,nfs-kernel-server
WORKER_PACKAGES=$COMMON,containerd,runc,crun,containernetworking-plugins,iptables,nftables,conntrack,ethtool,socat

mirror() {
  if [ -n "${ZFSVM_MIRROR:-}" ]; then
    echo "$ZFSVM_MIRROR"
    return
  fi
  awk '$1=="URIs:"{print $2; exit}' /etc/apt/sources.list.d/*.sources 2>/dev/null | grep . ||
    awk '$1=="deb"{for(i=2;i<=NF;i++) if($i ~ /^[a-z+]+:\/\//){print $i; exit}}' \
      /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | grep . ||
    die "no Debian mirror found: set ZFSVM_MIRROR"
}

bootstrap() { # TARGET PACKAGES [more mmdebstrap options]
  local target=$1 packages=$2
  shift 2
  mmdebstrap --quiet --mode=root --format=directory --components=main,contrib \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt=force-unsafe-io \
    --include="$packages" "$@" "$SUITE" "$target" "$(mirror)"
}

scrub() { # ROOT: leaves no trace of the mirror or of this machine's resolver
  local root=$1
  rm -rf "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/apt.conf.d/99mmdebstrap \
    "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/log/apt/* "$root"/var/log/dpkg.log \
    "$root"/var/log/bootstrap.log
  [ ! -d "$root/etc" ] || printf 'nameserver 10.0.2.3\n' >"$root/etc/resolv.conf"
}

build_versions() { # asks the mirror which kernel and ZFS it has, and fetches the kernel
  local scratch=$CACHE/tmp.apt
  rm -rf "$scratch"
  # an empty chroot is enough to ask apt
  # shellcheck disable=SC2016 # the hook expands it
  mmdebstrap --quiet --mode=root --format=directory --variant=custom --components=main,contrib \
    --aptopt='Acquire::Languages "none"' \
    --customize-hook='
      set -e; export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG
      k=$(apt-cache depends linux-image-cloud-amd64 | awk "/Depends: linux-image/{print \$2; exit}")
      z=$(apt-cache policy zfs-dkms | awk "/Candidate:/{print \$2}")
      v=$(apt-cache policy "$k" | awk "/Candidate:/{print \$2}")
      echo "KVER=${k#linux-image-} KDEB=$v ZVER=$z" > "$1/versions"
      cd "$1"; apt-get -qq -o APT::Sandbox::User=root download "$k"' \
    "$SUITE" "$scratch" "$(mirror)"
  mv "$scratch"/linux-image-*.deb "$CACHE/kernel.deb"
  mv "$scratch/versions" "$CACHE/versions"
  rm -rf "$scratch"
}

# Run through its own loader it needs no installation, and is the same on every machine. Debian 12's QEMU 7.2
# emulates cmpxchg16b wrongly: a guest with Linux 6.12 dies in two boots of three.
build_qemu() {
  [ ! -e "$CACHE/qemu/.done" ] || return 0
  local t
  t=$(secs)
  rm -rf "$CACHE/qemu"
  bootstrap "$CACHE/qemu" qemu-system-x86,qemu-utils,seabios --variant=extract
  scrub "$CACHE/qemu"
  rm -rf "$CACHE/qemu"/var/cache/apt "$CACHE/qemu"/usr/share/{doc,man,locale}
  : >"$CACHE/qemu/.done"
  say "QEMU unpacked in $(since "$t")"
}

build_zfs_module() {
  local tarball=$1 builder=$CACHE/tmp.builder modules=$CACHE/tmp.modules t
  [ ! -s "$tarball" ] || return 0
  t=$(secs)
  rm -rf "$builder" "$modules"
  # shellcheck disable=SC2016 # the hook expands it
  bootstrap "$builder" "linux-headers-$KVER,zfs-dkms=$ZVER,gcc,make,libc6-dev,kmod,file" --variant=apt \
    --essential-hook='mkdir -p "$1/etc/dkms" "$1/etc/initramfs-tools"; : > "$1/etc/dkms/no-autoinstall"
      echo update_initramfs=no > "$1/etc/initramfs-tools/update-initramfs.conf"' \
    --dpkgopt=force-confold
  say "module builder ready in $(since "$t")"
  t=$(secs)
  mount -t proc proc "$builder/proc"
  chroot "$builder" dkms build -m zfs -v "${ZVER%%-*}" -k "$KVER" -j "$(nproc)" >"$CACHE/dkms.log" 2>&1 || {
    umount "$builder/proc"
    tail -20 "$CACHE/dkms.log" >&2
    die "dkms build failed"
  }
  umount "$builder/proc"
  mkdir -p "$modules"
  find "$builder/var/lib/dkms/zfs" -name '*.ko*' -exec cp {} "$modules/" \;
  find "$modules" -name '*.xz' -exec xz -d {} +
  python3 "$here/slim-modules.py" "$modules"/{spl,zfs}.ko
  tar -C "$modules" -c spl.ko zfs.ko | zstd -q -19 -T0 -f -o "$tarball.new"
  mv "$tarball.new" "$tarball"
  rm -rf "$modules" "$builder"
  say "ZFS $ZVER built for $KVER in $(since "$t")"
}

build_kernel() { # <cache>/kernel: vmlinux and modules
  local folder=$CACHE/kernel modules tree t stamp="$KVER $KDEB $ZVER 1"
  [ "$(cat "$folder/stamp" 2>/dev/null)" != "$stamp" ] || return 0
  t=$(secs)
  rm -rf "$folder"
  mkdir -p "$folder"
  dpkg-deb -x "$CACHE/kernel.deb" "$folder/deb"
  python3 "$here/extract-vmlinux.py" "$folder/deb/boot/vmlinuz-$KVER" "$folder/vmlinux.zst"
  zstd -q -d --rm -f "$folder/vmlinux.zst" -o "$folder/vmlinux"
  modules=$folder/deb/usr/lib/modules/$KVER
  [ -d "$modules" ] || modules=$folder/deb/lib/modules/$KVER
  mv "$modules" "$folder/modules"
  rm -rf "$folder/deb"
  tree=$folder/modules/kernel
  rm -rf "$tree"/drivers/{infiniband,gpu,target,nvdimm,hv,xen,ata,iommu,media,bluetooth,staging,input,vfio,pci} \
    "$tree"/drivers/{thunderbolt,hwmon,edac,uio,video,usb,ptp,nvme,i2c} \
    "$tree"/drivers/net/{ethernet,hyperv,wireless} "$tree"/drivers/block/{drbd,rbd,aoe} "$tree"/drivers/md/{bcache,dm-vdo} \
    "$tree"/fs/{btrfs,bcachefs,xfs,smb,ceph,ntfs3,ocfs2,gfs2,f2fs,jfs,udf,hfs,hfsplus,orangefs,nilfs2,dlm,afs} \
    "$tree"/net/{ceph,tipc,sctp,smc,rds,bluetooth,wireless,mac80211,l2tp,batman-adv,mpls,openvswitch,rxrpc,can} \
    "$tree"/net/sunrpc/xprtrdma "$tree"/arch/x86/kvm "$tree"/sound
  find "$tree" -name '*.ko.xz' -print0 | xargs -0 -P2 -n40 xz -d
  find "$tree" -name '*.ko' -print0 | xargs -0 python3 "$here/slim-modules.py"
  mkdir -p "$folder/modules/extra"
  zstd -q -dc "$(module_tarball)" | tar -C "$folder/modules/extra" -x
  echo "$stamp" >"$folder/stamp"
  say "kernel $KVER prepared in $(since "$t")"
}

module_tarball() { echo "$CACHE/zfs-modules_${ZVER}_${KVER}.tar.zst"; }

configure() { # ROOT: keys, users, network, names
  local root=$1 home
  [ -e "$CACHE/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C openzfs-machine -f "$CACHE/id_ed25519"
  rm -f "$root"/etc/ssh/ssh_host_*
  ssh-keygen -q -t ed25519 -N '' -C '' -f "$root/etc/ssh/ssh_host_ed25519_key"
  cp "$root/etc/ssh/ssh_host_ed25519_key.pub" "$RC/host_key.pub"
  chroot "$root" useradd -m -s /bin/bash zfs-provisioner
  for home in root home/zfs-provisioner; do
    mkdir -p "$root/$home/.ssh"
    chmod 700 "$root/$home/.ssh"
    cp "$CACHE/id_ed25519.pub" "$root/$home/.ssh/authorized_keys"
    chroot "$root" usermod -p '*' "${home##*/}"
  done
  chroot "$root" chown -R zfs-provisioner: /home/zfs-provisioner
  echo 'zfs-provisioner ALL=(root) NOPASSWD: /usr/sbin/zfs, /usr/bin/chmod' >"$root/etc/sudoers.d/zfs-provisioner"
  chmod 440 "$root/etc/sudoers.d/zfs-provisioner"
  cp "$here/guest/sshd.conf" "$root/etc/ssh/sshd_config.d/machine.conf"
  mkdir -p "$root/etc/nfs.conf.d"
  cp "$here/guest/nfs.conf" "$root/etc/nfs.conf.d/machine.conf"
  echo zfs-host >"$root/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 zfs-host\n' >"$root/etc/hosts"
  : >"$root/etc/fstab"
  echo uninitialized >"$root/etc/machine-id"
  install -m 755 "$here/guest/zinit" "$root/usr/local/sbin/zinit"
}

configure_worker() { # ROOT: all that a kubelet needs beside itself
  local root=$1
  mkdir -p "$root/etc/cni/net.d"
  cp "$here/guest/pod-network.conflist" "$root/etc/cni/net.d/10-pods.conflist"
  cat "$here/guest/containerd-runtime.toml" >>"$root/etc/containerd/config.toml"
  cp "$here/guest/kubelet.yaml" "$root/etc/kubelet.yaml"
  # shellcheck disable=SC2046 # the applets are words
  python3 "$here/busybox-image.py" "$root/usr/bin/busybox" "$root/usr/share/busybox-image.tar" $(chroot "$root" busybox --list)
}

build_initramfs() { # ROOT: busybox and virtio_blk
  local root=$1 scratch=$CACHE/tmp.initrd.$ROLE
  rm -rf "$scratch"
  mkdir -p "$scratch"/{bin,dev,newroot}
  cp "$root/usr/bin/busybox" "$scratch/bin/"
  cp "$(find "$CACHE/kernel/modules" -name virtio_blk.ko)" "$scratch/"
  install -m 755 "$here/guest/initramfs-init" "$scratch/init"
  (cd "$scratch" && find . | "$root/usr/bin/busybox" cpio -o -H newc 2>/dev/null) >"$RC/initrd.cpio"
  rm -rf "$scratch"
}

build_image() {
  local root=$CACHE/tmp.$ROLE packages=$STORAGE_PACKAGES stamp t
  [ "$ROLE" = storage ] || packages=$WORKER_PACKAGES
  # of what goes into the image; how a machine is run is no part of it
  stamp=$(cat "$CACHE/kernel/stamp" "$0" "$here"/busybox-image.py "$here"/guest/* | sha256sum)
  [ "$(cat "$RC/stamp" 2>/dev/null)" != "$stamp" ] || return 0
  t=$(secs)
  rm -rf "$root" "$RC"
  mkdir -p "$RC"
  bootstrap "$root" "$packages" --variant=minbase
  scrub "$root"
  rm -rf "${root:?}"/boot/* "$root"/var/cache/debconf/*-old "$root"/usr/share/{info,lintian,bug,doc,man}/* "$root"/var/cache/apt
  mkdir -p "$root/usr/lib/modules"
  cp -a "$CACHE/kernel/modules" "$root/usr/lib/modules/$KVER"
  [ "$ROLE" = storage ] || rm -rf "$root/usr/lib/modules/$KVER/extra"
  chroot "$root" depmod -a "$KVER"
  configure "$root"
  [ "$ROLE" = storage ] || configure_worker "$root"
  build_initramfs "$root"
  # no loop mounts
  mke2fs -q -F -t ext4 -d "$root" -L "$ROLE" -O ^has_journal,^metadata_csum -E lazy_itable_init=0 -m 0 "$RC/root.img" 2G >/dev/null
  rm -rf "$root"
  echo "$stamp" >"$RC/stamp"
  say "$ROLE image made in $(since "$t"): $(du -h "$RC/root.img" | cut -f1)"
}

[ "$(id -u)" = 0 ] || die "to build needs root"
mkdir -p "$CACHE"
exec 9>"$CACHE/lock"
flock 9
[ "${1:-}" != --refresh ] || rm -f "$CACHE/versions"
if [ ! -s "$CACHE/versions" ] || [ ! -s "$CACHE/kernel.deb" ]; then build_versions; fi
# KVER, KDEB, ZVER
eval "$(cat "$CACHE/versions")"
build_qemu
build_zfs_module "$(module_tarball)"
build_kernel
build_image
