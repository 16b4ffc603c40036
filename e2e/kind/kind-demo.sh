#!/bin/sh
# Shows the product in a cluster of kind: builds the image, loads it, installs the chart, claims a volume, lets a pod
# write to it, and removes all of it. Needs Docker, and on the machine that runs it OpenZFS, sshd and root: this machine
# is the storage host, with a pool in a file, and the cluster's node sees the pool.
#
#   make kind-demo    KEEP=1 make kind-demo leaves it up; kind-demo.sh down removes it
set -eu

name=zfs-kind-demo
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
folder=${KIND_DEMO_FOLDER:-/var/tmp/$name}
image=zfs-provisioner:kind-demo
port=${KIND_DEMO_SSH_PORT:-22622}
: "${KIND:=kind}" "${KUBECTL:=kubectl}" "${HELM:=helm}"
export KUBECONFIG="$folder/kubeconfig"

step() { printf '\n==> %s\n' "$1"; }

require() {
  missing=
  for program in docker zfs zpool ssh-keygen "$KIND" "$KUBECTL" "$HELM"; do
    command -v "$program" >/dev/null || missing="$missing $program"
  done
  [ -x "$(sshd_program)" ] || missing="$missing sshd"
  [ -z "$missing" ] || fail "not found:$missing"
  [ "$(id -u)" = 0 ] || fail "needs root: it makes a ZFS pool"
  docker info >/dev/null 2>&1 || fail "docker info fails: is the daemon running?"
  [ ! -e "$folder" ] || fail "$folder is there already: $0 down"
}

fail() {
  echo "kind-demo: $1" >&2
  exit 1
}

# sshd wants to be called by its whole path.
sshd_program() { PATH="$PATH:/usr/sbin" command -v sshd || echo sshd; }

down() {
  "$KIND" delete cluster --name "$name" || :
  if [ -s "$folder/sshd.pid" ]; then kill "$(cat "$folder/sshd.pid")" || :; fi
  if zpool list "$name" >/dev/null 2>&1; then zpool destroy "$name" || :; fi
  rm -rf "$folder"
}

at_end() {
  status=$?
  trap - EXIT
  if [ "${KEEP:-}" = 1 ] && [ "$status" = 0 ]; then
    echo "Left up: KUBECONFIG=$KUBECONFIG; remove it: $0 down"
  else
    step 'remove it all'
    down
  fi
  exit "$status"
}

make_pool() {
  truncate -s 2G "$folder/pool"
  zpool create -m "/$name" "$name" "$folder/pool"
  zfs create "$name/kubernetes"
}

make_cluster() {
  "$KIND" create cluster --config "$here/cluster.yaml" --kubeconfig "$KUBECONFIG" --wait 180s
  docker build --tag "$image" "$checkout"
  "$KIND" load docker-image "$image" --name "$name"
}

# The first IPv4 address of this machine in the network of kind.
gateway() {
  docker network inspect kind --format '{{range .IPAM.Config}}{{println .Gateway}}{{end}}' | grep -m1 -E '^[0-9.]+$'
}

# An sshd of its own, for the cluster's network only: that of the machine stays as it is.
start_sshd() {
  ssh-keygen -q -t ed25519 -N '' -f "$folder/id_ed25519"
  ssh-keygen -q -t ed25519 -N '' -f "$folder/host_key"
  { printf 'restrict ' && cat "$folder/id_ed25519.pub"; } >"$folder/authorized_keys"
  cat >"$folder/sshd_config" <<CONFIG
ListenAddress $address:$port
HostKey $folder/host_key
AuthorizedKeysFile $folder/authorized_keys
PidFile $folder/sshd.pid
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
CONFIG
  mkdir -p /run/sshd
  "$(sshd_program)" -f "$folder/sshd_config"
}

# root without sudo: for a demo on a machine of one's own. docs/getting-started-debian.md has the way for others.
write_values() {
  cat >"$folder/values.yaml" <<VALUES
replicaCount: 1
image: { repository: ${image%:*}, tag: ${image#*:}, pullPolicy: Never }
ssh:
  identities:
    id_ed25519: |
$(sed 's/^/      /' "$folder/id_ed25519")
hosts:
  - name: kind-host
    ssh:
      address: $address
      port: $port
      user: root
      knownHostKey: $(cut -d ' ' -f 1,2 "$folder/host_key.pub")
    escalation: none
    node: $name-control-plane
    parents:
      - dataset: $name/kubernetes
storageClass:
  create: true
  classes:
    - name: zfs
      type: local
      hostName: kind-host
      parentDataset: $name/kubernetes
      node: $name-control-plane
      volumeBindingMode: WaitForFirstConsumer
      parameters: { mode: '0777' }
VALUES
}

install_chart() {
  "$HELM" install zfs-provisioner "$checkout/charts/zfs-provisioner" \
    --namespace zfs-system --create-namespace --values "$folder/values.yaml" --wait --timeout 3m
}

use_volume() {
  "$KUBECTL" apply -f "$here/workload.yaml"
  "$KUBECTL" wait --for=condition=Ready pod/writer --timeout=120s
  "$KUBECTL" get pvc,pv
  "$KUBECTL" logs writer
  zfs list -o name,used,refquota,mountpoint -r "$name/kubernetes"
}

delete_volume() {
  "$KUBECTL" delete -f "$here/workload.yaml" --timeout=60s
  "$KUBECTL" wait --for=delete pv --all --timeout=60s
  zfs list -o name,used,refquota,mountpoint -r "$name/kubernetes"
}

main() {
  require
  trap at_end EXIT
  trap 'exit 130' INT TERM
  mkdir -m 0700 "$folder"
  step 'a pool in a file' && make_pool
  step 'a cluster, and the image in it' && make_cluster
  address=$(gateway)
  step "an sshd on $address:$port" && start_sshd
  step 'the chart' && write_values && install_chart
  step 'a claim, and a pod that writes' && use_volume
  [ "${KEEP:-}" = 1 ] || { step 'both are deleted, and the dataset with them' && delete_volume; }
}

case ${1:-up} in
  up) main ;;
  down) down ;;
  *) fail "usage: $0 [up|down]" ;;
esac
