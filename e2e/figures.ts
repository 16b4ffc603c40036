// Measures the product on a bench of its own and prints the figures: `node e2e/figures.ts [--json]`.
// Ends with 1 when a required one is missed. Bundle the product first (`node build.ts`).
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBench } from './bench/bench.ts';
import type { Figures } from './figures/figures.ts';
import { measure } from './figures/figures.ts';
import { Workload } from './figures/workload.ts';
import { Installation } from './installation.ts';

interface Row {
  readonly figure: string;
  readonly value: string;
  readonly required?: string;
  readonly isMet?: boolean;
}

const amounts = { singles: 30, burst: 200 };
const className = 'figures';

async function takeFigures(): Promise<Figures> {
  const runDir = mkdtempSync(join(tmpdir(), 'zfs-provisioner-figures-'));
  const bench = await startBench({ runDir, hosts: ['storage-1'] });
  try {
    const installation = await Installation.install(bench, [{ name: className }]);
    const env = { ZFS_USAGE_INTERVAL: '0', ZFS_MAX_DESTROYS_PER_MINUTE: '0' };
    const replica = await installation.start(env);
    await replica.untilReady();
    try {
      return await measure(bench, new Workload(bench, className), amounts);
    } finally {
      await replica.stop();
    }
  } finally {
    await bench.stop();
  }
}

function rowsOf(figures: Figures): Row[] {
  const { execsPerCreate, execsPerDelete, provisionP50Ms, claimsPerSecond } = figures;
  return [
    required('SSH execs per create', execsPerCreate, '1', execsPerCreate === 1),
    required('SSH execs per growth', figures.execsPerGrowth, '1', figures.execsPerGrowth === 1),
    required('SSH execs per delete', execsPerDelete, '1', execsPerDelete === 1),
    required('annotation to volume, p50 ms', provisionP50Ms, 'below 100', provisionP50Ms < 100),
    told('annotation to volume, p95 ms', figures.provisionP95Ms),
    required(
      'larger request to status, p50 ms',
      figures.growthP50Ms,
      'below 300',
      figures.growthP50Ms < 300,
    ),
    told('larger request to status, p95 ms', figures.growthP95Ms),
    told('sudo zfs create alone, p50 ms', figures.bareCreateP50Ms),
    required(
      `${figures.burstClaims} claims at once, bound per s`,
      claimsPerSecond,
      'at least 15',
      claimsPerSecond >= 15,
    ),
    told(`${figures.burstClaims} deletes at once, per s`, figures.deletesPerSecond),
    ...requestRows('create', figures.requestsPerCreate),
    ...requestRows('growth', figures.requestsPerGrowth),
    ...requestRows('delete', figures.requestsPerDelete),
  ];
}

function requestRows(of: string, requests: Readonly<Record<string, number>>): Row[] {
  return Object.entries(requests).map(([kind, count]) =>
    told(`API calls per ${of}: ${kind}`, count),
  );
}

function required(figure: string, value: number, wanted: string, isMet: boolean): Row {
  return { ...told(figure, value), required: wanted, isMet };
}

function told(figure: string, value: number): Row {
  return { figure, value: Number.isInteger(value) ? String(value) : value.toFixed(1) };
}

function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ figure }) => figure.length));
  const lines = rows.map(({ figure, value, required: wanted = '', isMet }) => {
    const verdict = isMet === undefined ? '' : isMet ? 'met' : 'MISSED';
    return `${figure.padEnd(width)}  ${value.padStart(7)}  ${wanted.padEnd(11)}  ${verdict}`.trimEnd();
  });
  return `${lines.join('\n')}\n`;
}

const figures = await takeFigures();
const rows = rowsOf(figures);
process.stdout.write(
  process.argv.includes('--json') ? `${JSON.stringify(figures, undefined, 2)}\n` : table(rows),
);
if (rows.some(({ isMet }) => isMet === false)) process.exitCode = 1;
