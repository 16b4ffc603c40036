import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ApiFault, HostFault, Verb } from '../e2e/reliability/faults.ts';
import {
  allHostFaults,
  allVerbs,
  apiFaults,
  apiFaultsOf,
  hostFaults,
} from '../e2e/reliability/faults.ts';
import type { Cell } from '../e2e/reliability/results.ts';
import { keyOf, readResults } from '../e2e/reliability/results.ts';
import { table } from './markdown.ts';
import { promises } from './reliability-promises.ts';

const root = join(import.meta.dirname, '..');

/** What a run wrote of a cell, or that none did. */
type Look = (cell: Cell) => string;

const notRun = 'not run';

function lookInto(...files: readonly string[]): Look {
  const results = Object.assign({}, ...files.map(readResults)) as Readonly<Record<string, string>>;
  return (cell) => results[keyOf(cell)] ?? notRun;
}

const real = lookInto(
  'matrix-commands.json',
  'matrix-sessions.json',
  'matrix-connections.json',
  'matrix-api.json',
);
const fakes = lookInto('matrix-fakes.json');

/** `one`, `none`, `failed` or `not run`. */
function endOf(text: string): string {
  const [end = notRun] = text.split(', ', 1);
  return end === 'failed' ? '**failed**' : end;
}

function toldIn(texts: readonly string[]): string {
  const codes = texts.flatMap((text) => text.split(', ').slice(1));
  return [...new Set(codes)].sort().join(', ').replaceAll('|', ' or ');
}

/** `8 one, 1 none` */
function tally(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(endOf(text), (counts.get(endOf(text)) ?? 0) + 1);
  return [...counts].map(([end, count]) => `${count} ${end}`).join(', ');
}

function realHosts(): string {
  const rows = allHostFaults.map((host) => {
    const texts = allVerbs.map((verb) => real({ verb, host, api: 'none' }));
    return [hostFaults[host], ...texts.map(endOf), toldIn(texts)];
  });
  return table(['fault', ...allVerbs, 'told'], rows);
}

function realWrites(): string {
  const writing = allVerbs.filter((verb) => apiFaultsOf(verb).length > 1);
  const rows = (Object.keys(apiFaults) as ApiFault[]).map((api) => {
    const meets = (verb: Verb): boolean => apiFaultsOf(verb).includes(api);
    const textOf = (verb: Verb): string => real({ verb, host: 'none', api });
    const cells = writing.map((verb) => (meets(verb) ? endOf(textOf(verb)) : ''));
    return [apiFaults[api], ...cells, toldIn(writing.filter(meets).map(textOf))];
  });
  return table(['write', ...writing, 'told'], rows);
}

function fakeHosts(): string {
  const hosts: readonly (HostFault | 'none')[] = ['none', ...allHostFaults];
  const rows = hosts.map((host) => {
    const cells = allVerbs.map((verb) =>
      tally(apiFaultsOf(verb).map((api) => fakes({ verb, host, api }))),
    );
    return [host === 'none' ? 'the host does what it is asked' : hostFaults[host], ...cells];
  });
  return table(['fault of the host', ...allVerbs], rows);
}

/** The figures of a long run, a row each. */
function figures(file: string, how: string): string {
  const path = join(root, file);
  if (!existsSync(path)) return `${notRun} yet (${how})\n`;
  const all = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>;
  const rows = Object.entries(all).map(([name, value]) => [words(name), String(value)]);
  return table(['figure', 'value'], rows);
}

/** `heapBytesPerClaim` as `heap bytes per claim`, with its unit. */
function words(name: string): string {
  const spaced = name.replace(/S$/, ', s').replace(/Ms$/, ', ms').replace(/MiB$/, ', MiB');
  return spaced.replaceAll(
    /([a-z0-9])([A-Z])/g,
    (_all, end: string, start: string) => `${end} ${start.toLowerCase()}`,
  );
}

function promised(): string {
  const rows = promises.map(({ promise, scenarios }) => {
    for (const name of scenarios) {
      if (existsSync(join(root, 'e2e/scenarios', `${name}.e2e.ts`))) continue;
      throw new Error(`scripts/reliability-promises.ts: there is no scenario ${name}`);
    }
    return [promise, scenarios.join(', ')];
  });
  return table(['promise', 'scenarios (e2e/scenarios/)'], rows);
}

/** What is promised of bad days, and what each run of their tests came to. */
export function reliabilityPage(): string {
  return `# Bad days

What is promised when something fails, what shows it, and what came of the last runs. Nothing on this page is written
by hand but the promises: a cell that no run has written says \`${notRun}\`, and \`make docs-check\` fails when the page is
not what the runs wrote.

## What is promised

${promised()}
## The fault matrix

Each verb meets each fault, and the attempts after it must converge. \`one\`: one dataset of the right size, mounted and shared,
and one volume, bound to its claim. \`none\`: neither; a deletion was finished, or nothing was handed out and one event says why.
\`adopt\` is a create that finds what an interrupted one left; \`share\` exports a volume to a node that joined; \`trash\` is a
deletion with \`onDelete: trash\`, which leaves the dataset in the trash once; \`scan\` is the survey of a host: \`one\` when it
sees again what was made meanwhile, \`none\` when it takes an orphan away. The checks look at objects, datasets and exports
alone (\`e2e/reliability/standing.ts\`).

### Faults of hosts, on real parts

\`e2e/scenarios/fault-matrix-{commands,sessions,connections}.e2e.ts\`: kube-apiserver, OpenSSH, ZFS, the product as a process;
all verbs meet the fault at once. The last column has the codes that each verb has to tell ([errors](errors.md)) while the
fault lasts; a host that failed several times in a row is given up for moments, which its later verbs tell as
\`HOST_UNREACHABLE\`. Where it is empty nothing has to be told: the fault does no harm, or it is chance whom it meets.

${realHosts()}
### Faults of writes to the API, on real parts

\`e2e/scenarios/fault-matrix-api.e2e.ts\`: a proxy before the API server injects the answers; who is quicker than us is real.
Conflicts heal by reading again and are told to nobody.

${realWrites()}
### Faults of hosts times faults of writes

\`src/controller/fault-matrix.test.ts\`: the controller and the scripts of the hosts are the real ones, \`zfs\`, the line and the API
server are fakes, time is stepped. A cell counts the faults of writes that the verb met together with the fault of the
host; the one \`none\` of \`create\` and \`adopt\` is the volume name that another claim has.

${fakeHosts()}
## Chaos

How it works: [chaos](chaos.md). The last full run (\`make chaos\`):

${figures('e2e/chaos/figures.json', '`make chaos`')}
## Long life

How it is measured: [long life](long-life.md). The last full run (\`make soak\`):

${figures('e2e/soak/figures.json', '`make soak`')}`;
}
