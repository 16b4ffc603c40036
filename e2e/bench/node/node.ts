import { mkdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../eventually.ts';
import { Daemon } from '../machine/daemon.ts';
import { findFreePort } from '../machine/free-port.ts';
import type { Ledger } from '../machine/ledger.ts';
import { runCommand } from '../machine/run-command.ts';
import { mountingLockFile } from '../machine/zfs-fuse.ts';
import { cgroupOf, makeCgroup } from './cgroup.ts';
import { writeContainerdConfig } from './containerd.ts';
import { prepareKubelet } from './kubelet.ts';

export interface NodeOptions {
  readonly name: string;
  /** Where the pools are mounted that pods on this node can reach; it sees no other's. */
  readonly sees: readonly string[];
  readonly runDir: string;
  readonly kubelet: string;
  /** From images.ts. */
  readonly image: string;
  readonly plane: ControlPlane;
  readonly ledger: Ledger;
}

interface NodeObject {
  readonly spec: { readonly taints?: readonly object[] };
  readonly status: { readonly conditions: readonly { type: string; status: string }[] };
}

/**
 * Starts a real kubelet, containerd and runc as a node that shares the machine with others, and resolves
 * when the scheduler may send pods there. They are real pods but for two things: they use the machine's
 * network (hostNetwork), and limits do not hold them.
 */
export async function startNode(options: NodeOptions): Promise<void> {
  const { name, sees, runDir, ledger, plane } = options;
  const folder = join(runDir, 'nodes', name);
  mkdirSync(folder, { recursive: true });
  writeContainerdConfig(folder);
  const address = machineAddress();
  const port = await findFreePort(address);
  const program = options.kubelet;
  const command = await prepareKubelet({ nodeName: name, program, address, port, folder, plane });
  const cgroup = cgroupOf(ledger.id, name);
  ledger.add({ kind: 'node', name, cgroup });
  makeCgroup(cgroup);
  // The pool takes this along when it goes.
  for (const mountpoint of sees) await runCommand('mount', ['--make-rshared', mountpoint]);
  const log = (of: string): string => join(runDir, 'logs', `${of}-${name}.log`);
  const script = join(import.meta.dirname, 'namespace.sh');
  const place = [folder, cgroup, mountingLockFile, sees.join('\n'), log('containerd')];
  const kubelet = Daemon.start({
    name: `kubelet of ${name}`,
    program: 'sh',
    args: [script, 'enter', ...place, options.image, ...command],
    logFile: log('kubelet'),
    cwd: folder,
    ledger,
  });
  await untilReady(plane, name, kubelet);
}

async function untilReady(plane: ControlPlane, name: string, kubelet: Daemon): Promise<void> {
  const isReady = async (): Promise<boolean> => {
    const { spec, status } = await plane.api.call<NodeObject>(`/api/v1/nodes/${name}`);
    const ready = status.conditions.some((each) => each.type === 'Ready' && each.status === 'True');
    return ready && spec.taints === undefined;
  };
  await eventually(`node ${name} is ready`, isReady, {
    timeoutMs: 60_000,
    meanwhile: () => {
      kubelet.assertRunning();
    },
  });
}

/** The first address of the machine that is not loopback. */
function machineAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ internal, family }) => !internal && family === 'IPv4');
  if (found === undefined) throw new Error('a kubelet needs an IPv4 address that is not loopback');
  return found.address;
}
