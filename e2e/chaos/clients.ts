import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../bench/eventually.ts';
import { ApiStatusError } from '../bench/control-plane/admin-api.ts';
import type { Bench } from '../bench/bench.ts';
import type { History } from './history.ts';
import { leaveMark } from './marks.ts';
import type { Operation } from './plan.ts';

type ClaimStep = Operation & { readonly claim: string };

/** What a claim's owner knows of it. */
export interface OwnedClaim {
  readonly name: string;
  readonly className: string;
  isDeleted: boolean;
  /** Once it was seen bound. */
  volumeName?: string;
  /** A file was written into its volume. */
  isMarked?: boolean;
}

interface ClaimAnswer {
  readonly metadata: { readonly uid: string };
  readonly spec: { readonly volumeName?: string };
  readonly status?: { readonly phase?: string };
}

interface VolumeAnswer {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

const claimsPath = '/api/v1/namespaces/default/persistentvolumeclaims';
/** An owner who waits longer goes on as if it were bound. */
const patienceMs = 15_000;
/** An API server that is restarted answers again within this. */
const outageMs = 90_000;

/**
 * A person, or a program, with claims: does one thing after the other, and repeats what the API server did
 * not answer.
 */
export class Client {
  readonly #bench: Bench;
  readonly #owned: Map<string, OwnedClaim>;
  readonly #history: History;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(bench: Bench, owned: Map<string, OwnedClaim>, history: History) {
    this.#bench = bench;
    this.#owned = owned;
    this.#history = history;
  }

  /** Takes a step; resolves when there is room for another. */
  async take(step: ClaimStep): Promise<void> {
    this.#waiting++;
    this.#last = this.#last.then(async () => {
      await this.#do(step);
      this.#waiting--;
    });
    while (this.#waiting > 2) await delay(10);
  }

  /** Resolves when all that was taken is done. @throws what could not be done */
  idle(): Promise<void> {
    return this.#last;
  }

  async #do(step: ClaimStep): Promise<void> {
    switch (step.does) {
      case 'create':
        return this.#create(step.claim, step.className, step.sizeMi);
      case 'grow':
        return this.#grow(step.claim, step.sizeMi);
      case 'snapshot':
        return this.#snapshot(step.claim);
      case 'delete':
        return this.#delete(step.claim, step.when);
    }
  }

  async #create(name: string, className: string, sizeMi: number): Promise<void> {
    const body = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name },
      spec: {
        storageClassName: className,
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: `${sizeMi}Mi` } },
      },
    };
    this.#owned.set(name, { name, className, isDeleted: false });
    await this.#insist(claimsPath, { method: 'POST', body }, [409]);
    this.#history.add(name, `created with ${sizeMi}Mi, class ${className}`);
  }

  /** The API server refuses to grow what is not bound. */
  async #grow(name: string, sizeMi: number): Promise<void> {
    if (!(await this.#isBound(name))) {
      this.#history.add(name, `not bound: not grown to ${sizeMi}Mi`);
      return;
    }
    const body = { spec: { resources: { requests: { storage: `${sizeMi}Mi` } } } };
    await this.#insist(`${claimsPath}/${name}`, { method: 'PATCH', body }, [403, 422]);
    this.#history.add(name, `asked for ${sizeMi}Mi`);
  }

  async #snapshot(name: string): Promise<void> {
    const place = (await this.#isBound(name)) ? await this.#placeOf(name) : undefined;
    if (place === undefined) return;
    const snapshot = await this.#bench.host(place.host).snapshot(place.dataset, 'nightly');
    this.#history.add(name, `snapshot ${snapshot}`);
  }

  async #delete(name: string, when: 'bound' | 'at once'): Promise<void> {
    const isBound = when === 'bound' && (await this.#isBound(name));
    const owned = this.#owned.get(name);
    if (owned !== undefined) owned.isDeleted = true;
    await this.#insist(`${claimsPath}/${name}`, { method: 'DELETE' }, [404]);
    this.#history.add(name, isBound ? 'deleted' : 'deleted, bound or not');
  }

  /** Waits for it, for a while; a file is written into a volume when it is first seen. */
  async #isBound(name: string): Promise<boolean> {
    const owned = this.#owned.get(name);
    if (owned?.volumeName !== undefined) return true;
    const find = async (): Promise<string | undefined> => {
      const claim = await this.#bench.controlPlane.api.call<ClaimAnswer>(`${claimsPath}/${name}`);
      return claim.status?.phase === 'Bound' ? claim.spec.volumeName : undefined;
    };
    const options = { timeoutMs: patienceMs, intervalMs: 200 };
    const volumeName = await eventually('bound', find, options).catch(() => undefined);
    if (volumeName === undefined || owned === undefined) return false;
    owned.volumeName = volumeName;
    this.#history.add(name, `seen bound to ${volumeName}`);
    const place = await this.#placeOf(name);
    if (place !== undefined) {
      owned.isMarked = await leaveMark(this.#bench.host(place.host), place.dataset, name);
      this.#history.add(
        name,
        `${owned.isMarked ? 'wrote' : 'could not write'} into ${place.dataset} on ${place.host}`,
      );
    }
    return true;
  }

  async #placeOf(name: string): Promise<{ host: string; dataset: string } | undefined> {
    const volumeName = this.#owned.get(name)?.volumeName ?? '';
    const find = async (): Promise<VolumeAnswer> =>
      this.#bench.controlPlane.api.call<VolumeAnswer>(`/api/v1/persistentvolumes/${volumeName}`);
    const { metadata } = await eventually(`volume ${volumeName}`, find, { timeoutMs: outageMs });
    const host = metadata.annotations?.['zfs.pv.kubernetes.io/zfs-host'];
    const dataset = metadata.annotations?.['zfs.pv.kubernetes.io/zfs-dataset-path'];
    return host === undefined || dataset === undefined ? undefined : { host, dataset };
  }

  /** Repeats a call until the API server answers it; `fine` are answers that end it as well. */
  async #insist(
    path: string,
    call: Parameters<Bench['controlPlane']['api']['call']>[1],
    fine: readonly number[],
  ): Promise<void> {
    const isAnswered = async (): Promise<boolean> => {
      try {
        await this.#bench.controlPlane.api.call(path, call);
        return true;
      } catch (error) {
        if (error instanceof ApiStatusError && fine.includes(error.status)) return true;
        throw error;
      }
    };
    const { method = 'GET' } = call ?? {};
    await eventually(`${method} ${path}`, isAnswered, { timeoutMs: outageMs, intervalMs: 250 });
  }
}
