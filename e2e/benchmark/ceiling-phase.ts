import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { claimAnnotations } from '../../src/volume/annotations.ts';
import type { Claim } from '../../src/volume/objects.ts';
import { numbered } from '../many-claims.ts';
import { classesPath } from './arena.ts';
import type { Arena } from './arena.ts';
import type { FigureName } from './figures.ts';
import { Timeline } from './timeline.ts';
import { atOnce, claimsPath, volumesPath } from './workload.ts';

const className = 'ceiling';
/** Nobody else serves it. */
const provisionerName = 'ceiling.benchmark/zfs';
/** As many as the product has sessions. */
const width = 6;
const lookMs = 150;

/**
 * What this machine allows at most: a volume is written for each claim as soon as it asks for one, first with nothing
 * before it, then after a bare `sudo zfs create`. Nothing is proven, shared, told or kept.
 */
export async function measureCeilings(arena: Arena): Promise<void> {
  arena.say('what the control plane allows');
  await measureCeiling(arena, 'controlPlaneRate', () => Promise.resolve());
  arena.say('what the control plane and zfs allow together');
  const host = arena.firstHost;
  const parent = `${host.pool}/ceiling`;
  await host.zfs('create', parent);
  const shells = Array.from({ length: width }, () => new RemoteShell(arena));
  await measureCeiling(arena, 'leastRate', async (name) => {
    const shell = shells.pop();
    if (shell === undefined) throw new Error('more creates at once than shells');
    await shell.run(`sudo -n -H zfs create -o refquota=4194304 ${parent}/${name}`);
    shells.push(shell);
  });
  await Promise.all(shells.map((shell) => shell.end()));
  await arena.destroyAll(host, parent);
}

async function measureCeiling(
  { amounts, workload, bench, audit, records }: Arena,
  figure: FigureName,
  prepare: (name: string) => Promise<void>,
): Promise<void> {
  const { api } = bench.controlPlane;
  const body = {
    ...{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: className } },
    ...{ provisioner: provisionerName, reclaimPolicy: 'Delete' },
  };
  await api.call(classesPath, { method: 'POST', body });
  const names = numbered(figure.toLowerCase(), amounts.burst);
  const mark = audit.mark();
  const created = workload.create(names, className);
  const open = new Set(names);
  while (open.size > 0) {
    const { items } = await api.call<{ readonly items: readonly Claim[] }>(claimsPath);
    const asking = items.filter(
      ({ metadata }) =>
        open.has(metadata.name) &&
        metadata.annotations?.[claimAnnotations.storageProvisioner] === provisionerName,
    );
    for (const { metadata } of asking) open.delete(metadata.name);
    const write = async ({ metadata: { name, uid } }: Claim): Promise<void> => {
      await prepare(name);
      const volume = volumeFor(name, uid);
      await api.call(volumesPath, { method: 'POST', body: volume });
    };
    await atOnce(asking, write, width);
    await delay(lookMs);
  }
  await created;
  await workload.untilBound(names, 120_000);
  await delay(300);
  records.add('bare', figure, new Timeline(audit.since(mark)).boundPerSecond(names));
  await workload.discard(names);
  await api.call(`${classesPath}/${className}`, { method: 'DELETE' });
}

function volumeFor(name: string, uid: string): object {
  return {
    ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: `pvc-${uid}` } },
    spec: {
      storageClassName: className,
      capacity: { storage: '4Mi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      nfs: { server: '192.0.2.1', path: `/ceiling/${name}` },
      claimRef: { kind: 'PersistentVolumeClaim', namespace: 'default', name, uid },
    },
  };
}

/** A shell on the first storage host that stays open, for one command after the other. */
class RemoteShell {
  readonly #process;
  readonly #lines;

  constructor({ bench, firstHost }: Arena) {
    const config = join(bench.ssh.path, 'config');
    this.#process = spawn('ssh', ['-F', config, firstHost.name, 'sh'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** @throws when the command failed */
  async run(command: string): Promise<void> {
    this.#process.stdin.write(`${command} >/dev/null; echo "$?"\n`);
    const { value } = await this.#lines.next();
    if (value !== '0') throw new Error(`${command} ended with ${String(value)}`);
  }

  async end(): Promise<void> {
    const closed = once(this.#process, 'close');
    this.#process.stdin.end();
    await closed;
  }
}
