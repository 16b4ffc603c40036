import { problemWithDatasetName } from '../volume/dataset-name.ts';
import { suggestion } from '../volume/nearest.ts';
import { shown } from '../volume/shown.ts';
import type { ConnectionFlags, ConsoleFlags, ParentPlace } from './cli-world.ts';
import { outputFormats } from './listing.ts';
import type { OutputFormat } from './listing.ts';
import { UsageError } from './usage-error.ts';

export interface ClaimName {
  readonly namespace: string;
  readonly name: string;
}

/** Names of namespaces and claims, RFC 1123: as the API takes them. */
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

interface CommandLine {
  /** What is no option, and options that there are not. */
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  /** For suggestions, with their dashes. */
  readonly knownOptions: readonly string[];
}

/** The command line as it was given. What is wrong with it is gathered, so that it can be told all at once. */
export class Given {
  readonly #words: readonly string[];
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #problems: string[];

  constructor({ args, options, knownOptions }: CommandLine) {
    this.#words = args.filter((arg) => !arg.startsWith('-'));
    this.#options = options;
    this.#problems = args
      .filter((arg) => arg.startsWith('-'))
      .map((arg) => arg.split('=', 1).join(''))
      .map((option) => `there is no option ${option}${suggestion(option, knownOptions)}`);
  }

  wrong(problem: string): void {
    this.#problems.push(problem);
  }

  /** @throws UsageError with all that was found wrong */
  check(): void {
    if (this.#problems.length > 0) throw new UsageError(this.#problems);
  }

  has(option: string): boolean {
    return this.#options[option] === true;
  }

  text(option: string): string | undefined {
    const value = this.#options[option];
    return typeof value === 'string' ? value : undefined;
  }

  texts(option: string): readonly string[] {
    const value = this.#options[option];
    return Array.isArray(value) ? value.map(String) : [];
  }

  /** Exactly one word, such as the volume. */
  word(what: string): string {
    const [word, ...others] = this.#words;
    if (word === undefined) this.wrong(`${what} is missing`);
    if (others.length > 0) this.wrong(`too many names: ${others.map(shown).join(', ')}`);
    return word ?? '';
  }

  words(): readonly string[] {
    return this.#words;
  }

  noWords(): void {
    if (this.#words.length > 0)
      this.wrong(`no names are taken here: ${this.#words.map(shown).join(', ')}`);
  }

  output(): OutputFormat {
    const asked = this.text('output') ?? 'table';
    const format = outputFormats.find((each) => each === asked);
    if (format === undefined) {
      this.wrong(
        `--output is ${shown(asked)}: expected one of ${outputFormats.join(', ')}${suggestion(asked, outputFormats)}`,
      );
    }
    return format ?? 'table';
  }

  connection(): ConnectionFlags {
    return {
      kubeconfig: this.text('kubeconfig'),
      context: this.text('context'),
      instance: this.text('instance'),
    };
  }

  /** Of `--console`; undefined: cluster and hosts are asked. */
  console(): ConsoleFlags | undefined {
    const given = this.text('console');
    const tokenFile = this.text('consoleTokenFile');
    if (given === undefined) {
      if (tokenFile !== undefined) this.wrong('--console-token-file goes with --console');
      return undefined;
    }
    const url = URL.parse(given);
    if (url?.protocol === 'http:' || url?.protocol === 'https:') return { url, tokenFile };
    this.wrong(`--console is ${shown(given)}: expected a URL such as http://localhost:8090`);
    return undefined;
  }

  claim(): ClaimName {
    const given = this.text('claim');
    const [namespace = '', name = '', ...rest] = (given ?? '').split('/');
    if (given === undefined) this.wrong('--claim NAMESPACE/NAME is missing');
    else if (rest.length > 0 || !label.test(namespace) || !subdomain.test(name)) {
      this.wrong(`--claim is ${shown(given)}: expected NAMESPACE/NAME, such as default/data`);
    }
    return { namespace, name };
  }

  /** Of `--parent HOST:DATASET`. The host may be an IPv6 address, so the last colon before the first slash parts them. */
  parents(): readonly ParentPlace[] {
    return this.texts('parent').flatMap((given) => {
      const colon = given.split('/', 1).join('').lastIndexOf(':');
      const place = { host: given.slice(0, colon), dataset: given.slice(colon + 1) };
      const isRight =
        /^[A-Za-z0-9:][A-Za-z0-9._:-]{0,252}$/.test(place.host) &&
        problemWithDatasetName(place.dataset) === undefined;
      if (colon > 0 && isRight) return [place];
      this.wrong(
        `--parent is ${shown(given)}: expected HOST:DATASET, such as nas-1:tank/kubernetes`,
      );
      return [];
    });
  }
}
