import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { programs, versionOf } from '../bench/binaries/programs.ts';
import { runCommand } from '../bench/machine/run-command.ts';

/** What the figures were measured on, by what it is. */
export type Machine = Readonly<Record<string, string>>;

export async function describeMachine(): Promise<Machine> {
  const [first] = cpus();
  const ssh = await runCommand('sh', ['-c', 'ssh -V 2>&1']);
  return {
    processor: `${first?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${arch()}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: `${type()} ${release().split('-', 1)[0] ?? ''}`,
    system: systemName(),
    Kubernetes: versionOf(programs['kube-apiserver']),
    etcd: versionOf(programs.etcd),
    ZFS: await zfsVersion(),
    OpenSSH: ssh.split(',', 1)[0] ?? '',
    Node: process.version,
  };
}

function systemName(): string {
  const text = readFileSync('/etc/os-release', 'utf8');
  return /^PRETTY_NAME="(.*)"$/m.exec(text)?.[1] ?? 'unknown';
}

async function zfsVersion(): Promise<string> {
  const script =
    'cat /sys/module/zfs/version 2>/dev/null || dpkg-query -W -f "zfs-fuse \\${Version}" zfs-fuse';
  return (await runCommand('sh', ['-c', script])).trim();
}
