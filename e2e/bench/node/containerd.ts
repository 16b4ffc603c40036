import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { busyboxImage } from './images.ts';

/** Writes containerd's configuration; its places are the usual ones, which each node has for itself. */
export function writeContainerdConfig(folder: string): string {
  const networks = join(folder, 'cni');
  mkdirSync(networks, { recursive: true });
  // Loopback alone makes a node ready; its pods use the network of the machine (hostNetwork).
  const loopback = { cniVersion: '0.4.0', name: 'bench', plugins: [{ type: 'loopback' }] };
  writeFileSync(join(networks, '10-loopback.conflist'), JSON.stringify(loopback));
  const file = join(folder, 'containerd.toml');
  writeFileSync(file, configuration(networks));
  return file;
}

/**
 * disable_cgroup: nothing is asked of controllers that the machine keeps in its v1 hierarchies.
 * restrict_oom_score_adj: in a container that lacks CAP_SYS_RESOURCE runc could not lower the score.
 */
function configuration(networks: string): string {
  return `version = 2
oom_score = 0
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.internal.v1.tracing",
]
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${busyboxImage}"
  disable_cgroup = true
  disable_apparmor = true
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${JSON.stringify(networks)}
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
}
