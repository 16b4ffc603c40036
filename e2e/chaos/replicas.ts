import { eventually } from '../bench/eventually.ts';
import type { ProvisionerProcess } from '../bench/provisioner-process.ts';
import type { Installation } from '../installation.ts';
import type { History } from './history.ts';

/** A log line, and whose. */
export interface LoggedLine {
  readonly replica: string;
  readonly line: Readonly<Record<string, unknown>>;
}

interface Replica {
  readonly name: string;
  readonly process: ProvisionerProcess;
  /** We ended it: that it ended is no surprise. */
  isDoomed: boolean;
}

/** Two replicas, as a Deployment keeps them: one that ends is replaced. */
export class Replicas {
  /** Ends that nobody asked for and that no lost lease explains. */
  readonly surprises: string[] = [];
  readonly #installation: Installation;
  readonly #env: Readonly<Record<string, string>>;
  readonly #history: History;
  readonly #all: Replica[] = [];
  #isEnding = false;

  constructor(installation: Installation, env: Readonly<Record<string, string>>, history: History) {
    this.#installation = installation;
    this.#env = env;
    this.#history = history;
  }

  async start(count: number): Promise<void> {
    for (let index = 0; index < count; index++) await this.#startOne();
    await this.untilLed();
  }

  /** Undefined while nobody leads. */
  get leader(): ProvisionerProcess | undefined {
    return this.#running.find((replica) => isLeading(replica))?.process;
  }

  get standby(): ProvisionerProcess | undefined {
    return this.#running.find((replica) => !isLeading(replica))?.process;
  }

  async untilLed(timeoutMs = 60_000): Promise<ProvisionerProcess> {
    return eventually('a replica leads', () => this.leader, { timeoutMs, intervalMs: 50 });
  }

  /** It will end, or be ended. */
  doom(process: ProvisionerProcess): void {
    const replica = this.#all.find((each) => each.process === process);
    if (replica !== undefined) replica.isDoomed = true;
  }

  /** Every line that holds one of the texts, of all replicas that ever ran. */
  linesAbout(texts: readonly string[]): readonly LoggedLine[] {
    return this.#all.flatMap(({ name, process }) =>
      process.log
        .filter((line) => {
          const text = JSON.stringify(line);
          return texts.some((each) => text.includes(each));
        })
        .map((line) => ({ replica: name, line })),
    );
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#installation.end();
  }

  get #running(): readonly Replica[] {
    return this.#all.filter(({ process }) => !process.hasExited);
  }

  async #startOne(): Promise<void> {
    const process = await this.#installation.start(this.#env);
    const replica = { name: `replica ${this.#all.length + 1}`, process, isDoomed: false };
    this.#all.push(replica);
    void this.#replaceWhenItEnds(replica);
  }

  async #replaceWhenItEnds(replica: Replica): Promise<void> {
    const { exitCode, signal } = await replica.process.exit;
    if (this.#isEnding) return;
    const how = `${replica.name} ended (${exitCode ?? signal ?? ''})`;
    this.#history.add('', how);
    if (!replica.isDoomed && !hasLostItsLease(replica)) {
      const last = [...replica.process.log.slice(-1).map((line) => JSON.stringify(line))];
      this.surprises.push([how, ...last, ...replica.process.otherOutput.slice(-5)].join('\n'));
    }
    await this.#startOne();
  }
}

function isLeading({ process, isDoomed }: Replica): boolean {
  return !isDoomed && process.log.some(({ msg }) => msg === 'leading');
}

function hasLostItsLease({ process }: Replica): boolean {
  return process.log.some(
    ({ msg, err }) => msg === 'process failed' && JSON.stringify(err).includes('the lease '),
  );
}
