import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench/bench.ts';
import type { ApiProxy, ApiTarget } from '../bench/control-plane/api-proxy.ts';
import { eventually } from '../bench/eventually.ts';
import type { StorageHost } from '../bench/storage-host/storage-host.ts';
import type { ApiMethod, Fault } from './faults.ts';
import type { Replicas } from './replicas.ts';

interface Parts {
  readonly bench: Bench;
  readonly proxy: ApiProxy;
  readonly replicas: Replicas;
}

type OnZfs = Extract<Fault, { readonly verb: string }>;
type OnHost = Exclude<Extract<Fault, { readonly host: string }>, OnZfs>;
type OnReplica = Extract<Fault, { readonly what: `leader ${string}` | `standby ${string}` }>;
type OnApi = Exclude<Fault, OnZfs | OnHost | OnReplica>;

/** Does what the plan says goes wrong. */
export class Saboteur {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Resolves when it is done and, where it is for a time, over. */
  async do(fault: Fault): Promise<void> {
    if ('verb' in fault) this.#onZfs(fault);
    else if ('host' in fault) await this.#onHost(fault, this.#parts.bench.host(fault.host));
    else if (isOnReplica(fault)) await this.#onReplica(fault);
    else await this.#onApi(fault);
  }

  /** Faults that were laid and that nothing has run into yet. */
  get pending(): number {
    const { bench, proxy } = this.#parts;
    return bench.hosts.reduce((sum, { faults }) => sum + faults.pending, proxy.pending);
  }

  /** Takes back what waits to happen. */
  stop(): void {
    for (const { faults } of this.#parts.bench.hosts) faults.clear();
    this.#parts.proxy.clear();
    this.#parts.proxy.stopSwallowing();
  }

  #onZfs(fault: OnZfs): void {
    const { faults } = this.#parts.bench.host(fault.host);
    switch (fault.what) {
      case 'zfs fails':
        faults.failNext(fault);
        return;
      case 'zfs is slow':
        faults.delayNext(fault);
        return;
      case 'cut while zfs runs':
        faults.cutNext(fault);
        return;
      case 'zfs lies about sharing':
        faults.lieAboutShare(fault);
    }
  }

  async #onHost(fault: OnHost, { ssh }: StorageHost): Promise<void> {
    switch (fault.what) {
      case 'connections cut':
        return ssh.killConnections();
      case 'connections silent':
        await ssh.pauseSessions();
        await delay(fault.seconds * 1000);
        return ssh.resumeSessions();
      case 'sshd restarts':
        await ssh.stop();
        await delay(fault.seconds * 1000);
        return ssh.start();
      case 'host frozen':
        await ssh.freeze();
        await delay(fault.seconds * 1000);
        return ssh.thaw();
    }
  }

  async #onApi(fault: OnApi): Promise<void> {
    const { proxy, bench } = this.#parts;
    switch (fault.what) {
      case 'API call cut':
        proxy.lay(targetOf(fault), { answer: 'cut', when: fault.after ? 'after' : 'before' });
        return;
      case 'API fails': {
        const { status, after } = fault;
        const when = after ? 'after' : 'before';
        proxy.lay(targetOf(fault), { answer: 'status', status, when });
        return;
      }
      case 'API connections cut':
        proxy.cutConnections();
        return;
      case 'watches silent':
        proxy.swallowWatches();
        return;
      case 'API server restarts':
        await bench.controlPlane.stopApiServer();
        await delay(fault.seconds * 1000);
        return bench.controlPlane.startApiServer();
    }
  }

  /** Somebody leads when it begins, and again when it is over. */
  async #onReplica(fault: OnReplica): Promise<void> {
    const { replicas } = this.#parts;
    const leader = await replicas.untilLed();
    const victim = fault.what === 'standby killed' ? replicas.standby : leader;
    if (victim === undefined) return;
    replicas.doom(victim);
    if (fault.what === 'leader told to stop') await victim.stop();
    else if (fault.what === 'leader suspended') await this.#suspend(victim.pid, fault.seconds);
    else await victim.kill();
    await eventually('it is gone', () => victim.hasExited, { timeoutMs: 30_000 });
    await replicas.untilLed();
  }

  async #suspend(pid: number, seconds: number): Promise<void> {
    process.kill(pid, 'SIGSTOP');
    await delay(seconds * 1000);
    process.kill(pid, 'SIGCONT');
  }
}

function isOnReplica(fault: Fault): fault is OnReplica {
  return /^(leader|standby) /.test(fault.what);
}

function targetOf({ method, path }: { method: ApiMethod; path: string }): ApiTarget {
  return { method, path: new RegExp(path) };
}
