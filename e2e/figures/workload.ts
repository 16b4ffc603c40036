import { setTimeout as delay } from 'node:timers/promises';
import type { Claim, Volume } from '../../src/volume/objects.ts';
import { AuditLog } from '../audit-log.ts';
import type { Bench } from '../bench/bench.ts';
import { eventually } from '../bench/eventually.ts';

interface List<T> {
  readonly items: readonly T[];
}

const claimsPath = '/api/v1/namespaces/default/persistentvolumeclaims';
const volumesPath = '/api/v1/persistentvolumes';
const requestsAtOnce = 20;

/** Claims made and deleted, with the clock running. */
export class Workload {
  readonly audit: AuditLog;
  readonly #bench: Bench;
  readonly #className: string;

  constructor(bench: Bench, className: string) {
    this.#bench = bench;
    this.#className = className;
    this.audit = new AuditLog(bench.controlPlane.auditLog);
  }

  /** Creates claims at once; resolves with the seconds until all are bound. */
  async createAll(names: readonly string[], timeoutMs = 120_000): Promise<number> {
    const startedAt = performance.now();
    await atOnce(names, (name) => this.#create(name));
    await eventually(
      `${names.length} claims are bound`,
      async () => (await this.#boundClaims(names)) === names.length,
      { timeoutMs, intervalMs: 100 },
    );
    return (performance.now() - startedAt) / 1000;
  }

  /** Deletes claims at once; resolves with the seconds until their volumes are gone. */
  async deleteAll(names: readonly string[], timeoutMs = 120_000): Promise<number> {
    const startedAt = performance.now();
    await atOnce(names, (name) => this.#delete(name));
    const volumes = async (): Promise<number> =>
      (await this.#bench.controlPlane.api.call<List<Volume>>(volumesPath)).items.length;
    await eventually('all volumes are gone', async () => (await volumes()) === 0, {
      timeoutMs,
      intervalMs: 100,
    });
    return (performance.now() - startedAt) / 1000;
  }

  /** One after the other, each when the one before is done and its events are written. */
  async createOneByOne(names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.createAll([name]);
      await delay(50);
    }
  }

  /** As createOneByOne, for claims that are there. */
  async growOneByOne(names: readonly string[], size: string): Promise<void> {
    for (const name of names) {
      const path = `${claimsPath}/${name}`;
      const body = { spec: { resources: { requests: { storage: size } } } };
      await this.#bench.controlPlane.api.call(path, { method: 'PATCH', body });
      await eventually(`${name} has ${size}`, async () => {
        const { status } = await this.#bench.controlPlane.api.call<Claim>(path);
        return status?.capacity?.['storage'] === size;
      });
      await delay(50);
    }
  }

  async deleteOneByOne(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const claim = await this.#bench.controlPlane.api.call<Claim>(`${claimsPath}/${name}`);
      await this.#delete(name);
      await eventually(`the volume of ${name} is gone`, async () => {
        const { items } = await this.#bench.controlPlane.api.call<List<Volume>>(volumesPath);
        return items.every((volume) => volume.metadata.name !== claim.spec.volumeName);
      });
      await delay(50);
    }
  }

  async #create(name: string): Promise<void> {
    const body = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name },
      spec: {
        storageClassName: this.#className,
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '4Mi' } },
      },
    };
    await this.#bench.controlPlane.api.call(claimsPath, { method: 'POST', body });
  }

  async #delete(name: string): Promise<void> {
    await this.#bench.controlPlane.api.call(`${claimsPath}/${name}`, { method: 'DELETE' });
  }

  async #boundClaims(names: readonly string[]): Promise<number> {
    const { items } = await this.#bench.controlPlane.api.call<List<Claim>>(claimsPath);
    const wanted = new Set(names);
    return items.filter(
      ({ metadata, status }) => wanted.has(metadata.name) && status?.phase === 'Bound',
    ).length;
  }
}

async function atOnce(
  names: readonly string[],
  act: (name: string) => Promise<void>,
): Promise<void> {
  const left = [...names];
  const worker = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await act(name);
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, worker));
}
