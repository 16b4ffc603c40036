import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Bench } from './bench/bench.ts';
import { eventually } from './bench/eventually.ts';
import type { Daemon } from './bench/machine/daemon.ts';
import { findFreePort } from './bench/machine/free-port.ts';

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A rule as Prometheus has loaded and computed it. */
export interface LoadedRule {
  readonly name: string;
  /** ok, err, or unknown before it was computed. */
  readonly health: string;
  readonly lastError?: string;
  readonly alerts: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly state: string;
  }[];
}

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data: T;
}

export const scrapeJob = 'zfs-provisioner';

/** Debian's Prometheus: scrapes once a second, on the loopback alone, and goes with the bench. */
export class Prometheus {
  readonly #daemon: Daemon;
  readonly #url: string;

  private constructor(daemon: Daemon, url: string) {
    this.#daemon = daemon;
    this.#url = url;
  }

  /** Resolves when it answers. `targets`: addresses with a port. `groups`: of rules. */
  static async start(
    bench: Bench,
    {
      targets,
      groups,
    }: { readonly targets: readonly string[]; readonly groups: readonly object[] },
  ): Promise<Prometheus> {
    const folder = join(bench.runDir, 'prometheus');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'rules.yaml'), stringify({ groups }));
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yaml'],
      scrape_configs: [{ job_name: scrapeJob, static_configs: [{ targets }] }],
    };
    writeFileSync(join(folder, 'prometheus.yaml'), stringify(config));
    const address = `127.0.0.1:${await findFreePort()}`;
    const options = {
      'config.file': join(folder, 'prometheus.yaml'),
      'storage.tsdb.path': join(folder, 'data'),
      'storage.tsdb.retention.time': '1h',
      'web.listen-address': address,
      'log.level': 'warn',
    };
    const words = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const daemon = bench.runInBackground('prometheus', ['prometheus', ...words], {});
    const prometheus = new Prometheus(daemon, `http://${address}`);
    await eventually('Prometheus is ready', () => prometheus.#isReady(), {
      timeoutMs: 30_000,
      meanwhile: () => {
        daemon.assertRunning();
      },
    });
    return prometheus;
  }

  /** An instant query of vectors. */
  async query(query: string): Promise<readonly Series[]> {
    const { result } = await this.#get<{
      readonly result: readonly {
        readonly metric: Readonly<Record<string, string>>;
        readonly value: readonly [number, string];
      }[];
    }>('query', { query });
    return result.map(({ metric, value: [, text] }) => ({ labels: metric, value: Number(text) }));
  }

  labelValues(label: string, selector: string): Promise<readonly string[]> {
    return this.#get(`label/${label}/values`, { 'match[]': selector });
  }

  async rules(): Promise<readonly LoadedRule[]> {
    const { groups } = await this.#get<{
      readonly groups: readonly { readonly rules: readonly LoadedRule[] }[];
    }>('rules', {});
    return groups.flatMap(({ rules }) => rules);
  }

  async #isReady(): Promise<boolean> {
    return (await fetch(`${this.#url}/-/ready`, { signal: AbortSignal.timeout(2_000) })).ok;
  }

  /** @throws with what Prometheus says, when it refuses */
  async #get<T>(path: string, parameters: Readonly<Record<string, string>>): Promise<T> {
    this.#daemon.assertRunning();
    const url = `${this.#url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const answer = (await response.json()) as Answer<T>;
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error ?? ''}`);
    return answer.data;
  }
}
