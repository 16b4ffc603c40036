import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench/bench.ts';
import { ApiStatusError } from '../bench/control-plane/admin-api.ts';
import { eventually } from '../bench/eventually.ts';

interface ClaimAnswer {
  readonly spec: { readonly volumeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly capacity?: { readonly storage?: string };
  };
}

const claimsPath = '/api/v1/namespaces/default/persistentvolumeclaims';
/** More lives than this at once: the provisioner cannot keep up, and no more are begun. */
const mostAtOnce = 10;
const patience = { timeoutMs: 120_000, intervalMs: 250 };

/** Claims that are created, grown and deleted one after the other, at a steady rate. */
export class Cycles {
  readonly #bench: Bench;
  readonly #rate: number;
  readonly #className: string;
  readonly #running = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];
  #begun = 0;
  #done = 0;
  #isEnding = false;
  #beginning: Promise<void> = Promise.resolve();

  constructor(
    bench: Bench,
    { rate, className }: { readonly rate: number; readonly className: string },
  ) {
    this.#bench = bench;
    this.#rate = rate;
    this.#className = className;
  }

  /** Lives that are over: the volume is gone. */
  get done(): number {
    return this.#done;
  }

  start(): void {
    this.#beginning = this.#beginAll();
  }

  /** @throws the first thing that went wrong */
  assertWell(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** Begins no more; resolves when those that are under way are over. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#beginning;
    await Promise.all(this.#running);
  }

  async #beginAll(): Promise<void> {
    while (!this.#isEnding) {
      if (this.#running.size < mostAtOnce) this.#begin();
      await delay(1000 / this.#rate);
    }
  }

  #begin(): void {
    const life = this.#live(`soak-${++this.#begun}`)
      .catch((error: unknown) => {
        this.#failures.push(error);
      })
      .finally(() => this.#running.delete(life));
    this.#running.add(life);
  }

  async #live(name: string): Promise<void> {
    const { api } = this.#bench.controlPlane;
    const path = `${claimsPath}/${name}`;
    const sized = (storage: string): object => ({ resources: { requests: { storage } } });
    const spec = { storageClassName: this.#className, accessModes: ['ReadWriteOnce'] };
    const body = {
      ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name } },
      spec: { ...spec, ...sized('4Mi') },
    };
    await api.call(claimsPath, { method: 'POST', body });
    const claim = (): Promise<ClaimAnswer> => api.call<ClaimAnswer>(path);
    const isBound = async (): Promise<string | undefined> => {
      const { spec: is, status } = await claim();
      return status?.phase === 'Bound' ? is.volumeName : undefined;
    };
    const volumeName = await eventually(`${name} is bound`, isBound, patience);
    await api.call(path, { method: 'PATCH', body: { spec: sized('8Mi') } });
    const isGrown = async (): Promise<boolean> =>
      (await claim()).status?.capacity?.storage === '8Mi';
    await eventually(`${name} has grown`, isGrown, patience);
    await api.call(path, { method: 'DELETE' });
    await eventually(`${volumeName} is gone`, () => this.#isGone(volumeName), patience);
    this.#done++;
  }

  async #isGone(volumeName: string): Promise<boolean> {
    try {
      await this.#bench.controlPlane.api.call(`/api/v1/persistentvolumes/${volumeName}`);
      return false;
    } catch (error) {
      if (error instanceof ApiStatusError && error.status === 404) return true;
      throw error;
    }
  }
}
