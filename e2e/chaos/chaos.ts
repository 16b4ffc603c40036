import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench/bench.ts';
import type { Installation } from '../installation.ts';
import { classes, createClasses, hostNames, writeHostsFile } from './cast.ts';
import type { Violation } from './checker/check.ts';
import { checkBooks } from './checker/check.ts';
import { collectBooks } from './checker/collect.ts';
import type { OwnedClaim } from './clients.ts';
import { Client } from './clients.ts';
import { History } from './history.ts';
import { readMark } from './marks.ts';
import type { Step } from './plan.ts';
import { describeStep, makePlan } from './plan.ts';
import { Replicas } from './replicas.ts';
import { Saboteur } from './saboteur.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly faults: number;
  readonly claims: number;
  /** How long the system may take to come to rest when the faults have stopped. */
  readonly settleMs: number;
  readonly say: (text: string) => void;
}

export interface ChaosResult {
  readonly seed: number;
  /** Of those planned, the ones that met something. */
  readonly faults: number;
  readonly planned: number;
  readonly claims: number;
  readonly violations: readonly ToldViolation[];
  /** Seconds until the faults stopped, and from then until all was in order. */
  readonly durationS: number;
  readonly settledS: number;
  /** What the claims' owners know in the end. */
  readonly owners: readonly OwnedClaim[];
}

export interface ToldViolation extends Violation {
  readonly history: readonly string[];
}

const clientCount = 8;
/** Other than the defaults where a run would only wait: 1000 faults are to fit into half an hour. */
const env = {
  ZFS_ORPHAN_GRACE: '2s',
  ZFS_USAGE_INTERVAL: '10s',
  ZFS_SHUTDOWN_GRACE: '5s',
  // Many claims are deleted at once when an API server is back.
  ZFS_MAX_DESTROYS_PER_MINUTE: '0',
};

export function planOf({ seed, faults, claims }: ChaosOptions): readonly Step[] {
  return makePlan({ seed, faults, claims, clients: clientCount, hosts: hostNames, classes });
}

/**
 * Several clients create, grow and delete claims while everything fails around them; then all faults stop, and
 * what is left is compared. The plan follows from the seed; what meets what follows from the machine's speed
 * as well.
 */
export async function runChaos(
  bench: Bench,
  installation: Installation,
  options: ChaosOptions,
): Promise<ChaosResult> {
  const history = new History();
  const hostsFile = writeHostsFile(bench);
  const replicas = new Replicas(installation, { ...env, ZFS_HOSTS_FILE: hostsFile.path }, history);
  try {
    await createClasses(bench, installation.env['ZFS_PROVISIONER_INSTANCE'] ?? '');
    await replicas.start(2);
    return await new Chaos({ bench, installation, replicas, history, options }).run();
  } finally {
    await replicas.end();
    hostsFile.remove();
  }
}

/** What is wrong now between claims, volumes and datasets. */
export async function lookAt(
  bench: Bench,
  owners: readonly OwnedClaim[],
): Promise<readonly Violation[]> {
  const kubectl = bench.kubectl.bind(bench);
  return checkBooks(await collectBooks({ kubectl, hosts: bench.hosts, owners, readMark }));
}

interface Parts {
  readonly bench: Bench;
  readonly installation: Installation;
  readonly replicas: Replicas;
  readonly history: History;
  readonly options: ChaosOptions;
}

class Chaos {
  readonly #parts: Parts;
  readonly #owned = new Map<string, OwnedClaim>();
  readonly #clients: readonly Client[];
  readonly #saboteur: Saboteur;

  constructor(parts: Parts) {
    const { bench, installation, history } = parts;
    this.#parts = parts;
    this.#clients = Array.from(
      { length: clientCount },
      () => new Client(bench, this.#owned, history),
    );
    this.#saboteur = new Saboteur({ ...parts, proxy: installation.apiProxy });
  }

  async run(): Promise<ChaosResult> {
    const { options, history } = this.#parts;
    const { seed, claims, faults: planned } = options;
    const neverMet = await this.#perform(planOf(options));
    const durationS = history.elapsedS;
    const found = await this.#settle();
    const violations = found.map((violation) => this.#tell(violation));
    const settledS = history.elapsedS - durationS;
    const counted = { seed, faults: planned - neverMet, planned, claims, violations };
    return { ...counted, durationS, settledS, owners: [...this.#owned.values()] };
  }

  /** @returns how many faults nothing ran into */
  async #perform(plan: readonly Step[]): Promise<number> {
    const { options, history } = this.#parts;
    let done = 0;
    let faults = 0;
    let sabotage: Promise<void> = Promise.resolve();
    const progress = setInterval(() => {
      options.say(
        `${done} of ${plan.length} steps; ${faults} of ${options.faults} faults; ${this.#owned.size} of ${options.claims} claims`,
      );
    }, 10_000);
    try {
      for (const step of plan) {
        if (step.kind === 'operation') await this.#clients[step.client]?.take(step);
        else {
          // What lasts goes on while clients work; the next fault comes when it is over.
          await sabotage;
          history.add('', describeStep(step));
          sabotage = this.#saboteur.do(step);
          sabotage.catch(() => undefined);
          faults++;
        }
        done++;
      }
      await sabotage;
      await Promise.all(this.#clients.map((client) => client.idle()));
    } finally {
      clearInterval(progress);
    }
    const neverMet = this.#saboteur.pending;
    this.#saboteur.stop();
    history.add('', 'all faults have stopped');
    options.say(`all faults have stopped; ${neverMet} of them met nothing`);
    return neverMet;
  }

  /** Until two looks in a row find nothing wrong, or the time is over. */
  async #settle(): Promise<readonly Violation[]> {
    const { bench, options, replicas, history } = this.#parts;
    const deadline = history.elapsedS + options.settleMs / 1000;
    let calmLooks = 0;
    for (;;) {
      const violations = await lookAt(bench, [...this.#owned.values()]);
      calmLooks = violations.length === 0 ? calmLooks + 1 : 0;
      if (calmLooks === 2) break;
      if (history.elapsedS > deadline) return [...violations, ...this.#surprises()];
      options.say(
        `settling: ${violations.length} differences between claims, volumes and datasets`,
      );
      await delay(calmLooks > 0 ? 12_000 : 5000); // a survey of the hosts is between two calm looks
    }
    await replicas.untilLed();
    return this.#surprises();
  }

  /** Processes that ended by themselves, and what they call a mistake of their own. */
  #surprises(): Violation[] {
    const { replicas } = this.#parts;
    const bugs = replicas
      .linesAbout(['"code":"BUG"'])
      .map(({ replica, line }) => `${replica}: ${JSON.stringify(line)}`);
    return [...replicas.surprises, ...bugs].map((text) => ({
      kind: 'unfinished',
      claim: '',
      text,
    }));
  }

  #tell(violation: Violation): ToldViolation {
    const { history, replicas } = this.#parts;
    if (violation.claim === '') return { ...violation, history: [] };
    const volumeName = this.#owned.get(violation.claim)?.volumeName;
    const named = /pvc-[0-9a-f-]{36}/.exec(violation.text)?.[0];
    const texts = [`default/${violation.claim}"`, volumeName, named].filter(
      (text) => text !== undefined,
    );
    const logged = replicas
      .linesAbout(texts)
      .map(({ replica, line }) => `${replica}: ${JSON.stringify(line)}`);
    return { ...violation, history: [...history.of(violation.claim), ...logged] };
  }
}
