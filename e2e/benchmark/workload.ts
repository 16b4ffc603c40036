import { setTimeout as delay } from 'node:timers/promises';
import type { Claim, Volume } from '../../src/volume/objects.ts';
import type { Bench } from '../bench/bench.ts';
import { ApiStatusError } from '../bench/control-plane/admin-api.ts';
import { eventually } from '../bench/eventually.ts';

interface List<T> {
  readonly items: readonly T[];
}

export const claimsPath = '/api/v1/namespaces/default/persistentvolumeclaims';
export const volumesPath = '/api/v1/persistentvolumes';
const requestsAtOnce = 20;
/** What a person leaves between two claims. */
const pauseMs = 50;

/** Claims that are made, grown and deleted. How long it took is read from the audit log, not here. */
export class Workload {
  readonly #bench: Bench;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  /** Creates them; class names are taken in turns. */
  async create(names: readonly string[], ...classNames: readonly string[]): Promise<void> {
    await atOnce([...names.entries()], async ([index, name]) => {
      const storageClassName = classNames[index % classNames.length] ?? '';
      const body = {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name },
        spec: {
          storageClassName,
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: '4Mi' } },
        },
      };
      await this.#bench.controlPlane.api.call(claimsPath, { method: 'POST', body });
    });
  }

  async untilBound(names: readonly string[], timeoutMs: number): Promise<void> {
    const isBound = ({ status }: Claim): boolean => status?.phase === 'Bound';
    await eventually(
      `${names.length} claims are bound`,
      async () => (await this.#claims(names)).filter(isBound).length === names.length,
      { timeoutMs, intervalMs: intervalFor(names) },
    );
  }

  /** kube-controller-manager has said whose they are. */
  async untilAnnotated(name: string): Promise<void> {
    await eventually(`${name} is annotated`, async () => {
      const { metadata } = await this.#claim(name);
      return metadata.annotations?.['volume.kubernetes.io/storage-provisioner'];
    });
  }

  /** One after the other, each when the one before is bound. */
  async createOneByOne(names: readonly string[], className: string): Promise<void> {
    for (const name of names) {
      await this.create([name], className);
      await this.untilBound([name], 60_000);
      await delay(pauseMs);
    }
  }

  async growOneByOne(names: readonly string[], size: string): Promise<void> {
    for (const name of names) {
      const body = { spec: { resources: { requests: { storage: size } } } };
      await this.#bench.controlPlane.api.call(`${claimsPath}/${name}`, { method: 'PATCH', body });
      const hasGrown = async (): Promise<boolean> =>
        (await this.#claim(name)).status?.capacity?.['storage'] === size;
      await eventually(`${name} has ${size}`, hasGrown, { timeoutMs: 60_000 });
      await delay(pauseMs);
    }
  }

  /** At once. @returns the names of their volumes, which are gone */
  async delete(names: readonly string[], timeoutMs: number): Promise<string[]> {
    const volumes = await this.volumesOf(names);
    await atOnce(names, async (name) => {
      await this.#bench.controlPlane.api.call(`${claimsPath}/${name}`, { method: 'DELETE' });
    });
    const gone = async (): Promise<boolean> => (await this.#standing(volumes)) === 0;
    await eventually(`${names.length} volumes are gone`, gone, {
      timeoutMs,
      intervalMs: intervalFor(names),
    });
    return volumes;
  }

  async deleteOneByOne(names: readonly string[]): Promise<string[]> {
    const volumes: string[] = [];
    for (const name of names) {
      volumes.push(...(await this.delete([name], 60_000)));
      await delay(pauseMs);
    }
    return volumes;
  }

  /** In the order of the claims. */
  async volumesOf(names: readonly string[]): Promise<string[]> {
    const claims = new Map((await this.#claims(names)).map((each) => [each.metadata.name, each]));
    return names.map((name) => claims.get(name)?.spec.volumeName ?? '');
  }

  /** Claims and volumes go without the provisioner, which must not run; datasets stay. */
  async discard(names: readonly string[]): Promise<void> {
    const { api } = this.#bench.controlPlane;
    const volumes = await this.volumesOf(names);
    await atOnce(names, (name) =>
      ignoreMissing(api.call(`${claimsPath}/${name}`, { method: 'DELETE' })),
    );
    await atOnce(
      volumes.filter((name) => name !== ''),
      async (name) => {
        const path = `${volumesPath}/${name}`;
        await ignoreMissing(api.call(path, { method: 'DELETE' }));
        const body = { metadata: { finalizers: null } };
        await ignoreMissing(api.call(path, { method: 'PATCH', body }));
      },
    );
    const gone = async (): Promise<boolean> => (await this.#standing(volumes)) === 0;
    await eventually('discarded volumes are gone', gone, { timeoutMs: 60_000, intervalMs: 200 });
  }

  #claim(name: string): Promise<Claim> {
    return this.#bench.controlPlane.api.call<Claim>(`${claimsPath}/${name}`);
  }

  async #claims(names: readonly string[]): Promise<Claim[]> {
    const [only] = names;
    if (only !== undefined && names.length === 1) return [await this.#claim(only)];
    const { items } = await this.#bench.controlPlane.api.call<List<Claim>>(claimsPath);
    const wanted = new Set(names);
    return items.filter(({ metadata }) => wanted.has(metadata.name));
  }

  /** How many of these volumes are there. */
  async #standing(volumes: readonly string[]): Promise<number> {
    const { api } = this.#bench.controlPlane;
    const [only] = volumes;
    if (only !== undefined && volumes.length === 1) {
      const found = await ignoreMissing(api.call(`${volumesPath}/${only}`));
      return Number(found !== undefined);
    }
    const { items } = await api.call<List<Volume>>(volumesPath);
    const wanted = new Set(volumes);
    return items.filter(({ metadata }) => wanted.has(metadata.name)).length;
  }
}

/** To look costs the API server something: the longer the list, the less often. */
function intervalFor(names: readonly string[]): number {
  return names.length === 1 ? 20 : Math.max(200, names.length);
}

async function ignoreMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiStatusError && error.status === 404) return undefined;
    throw error;
  }
}

/** A number of them at a time. */
export async function atOnce<T>(
  all: readonly T[],
  act: (each: T) => Promise<unknown>,
  width = requestsAtOnce,
): Promise<void> {
  const left = all.values();
  const worker = async (): Promise<void> => {
    for (const each of left) await act(each);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
