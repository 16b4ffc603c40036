// The bench by hand: node e2e/bench/main.ts up | down | status | env | build | install
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultRunDir, startBench } from './bench.ts';
import { buildBinaries } from './binaries/go-build.ts';
import { fetchModuleFiles } from './binaries/module-files.ts';
import { benchPrograms, chartPrograms } from './binaries/programs.ts';
import { type BenchDescription, exportLines, readDescription, usageText } from './description.ts';
import { type BenchRecord, readRecords } from './machine/ledger.ts';
import { isRunning } from './machine/process-identity.ts';
import { removeBench, removeLeftovers } from './machine/teardown.ts';
import { installPackages } from './packages.ts';
import { ProgressLines } from './progress.ts';

const usage = `usage: node e2e/bench/main.ts COMMAND [--run-dir DIR] [--node NAME]...

  up       starts a bench that stays until "down", and tells how to use it
  down     removes the bench, and what dead processes left behind
  status   tells which benches there are on this machine
  env      prints export lines for a shell
  build    builds the programs into the user's cache folder, if they are missing
  install  installs missing Debian packages`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'run-dir': { type: 'string' }, node: { type: 'string', multiple: true } },
});
const runDir = resolve(values['run-dir'] ?? defaultRunDir);
const progress = new ProgressLines();

const commands: Readonly<Record<string, () => Promise<void> | void>> = {
  up,
  down,
  status,
  env,
  build: async () => {
    await buildBinaries(progress, [...benchPrograms, ...chartPrograms]);
    await fetchModuleFiles(progress);
  },
  install: () => installPackages(progress),
};

async function up(): Promise<void> {
  await installPackages(progress);
  await startBench({ runDir, keep: true, nodes: values.node ?? ['node-1'], progress });
  print(usageText(description()));
}

async function down(): Promise<void> {
  await removeLeftovers(progress.say);
  const record = readRecords().find((each) => each.runDir === runDir);
  if (record === undefined) {
    progress.say(`no bench is up in ${runDir}`);
    return;
  }
  await removeBench(record.id, { keepLogs: false });
  progress.say(`removed the bench of ${runDir}`);
}

function status(): void {
  const records = readRecords();
  if (records.length === 0) print('no bench on this machine');
  for (const record of records) print(describeRecord(record));
}

function describeRecord(record: BenchRecord): string {
  const parts = record.resources.map((resource) => {
    if (resource.kind === 'file') return undefined;
    if (resource.kind === 'mount') return `  mount ${resource.path}`;
    if (resource.kind !== 'process') return `  ${resource.kind} ${resource.name}`;
    const state = isRunning(resource.identity) ? `runs, pid ${resource.identity.pid}` : 'ended';
    return `  ${resource.name}: ${state}`;
  });
  const life = record.keep ? 'until "down"' : `while process ${record.owner.pid} lives`;
  return [`${record.runDir} (${record.id}), ${life}`, ...parts]
    .filter((line) => line !== undefined)
    .join('\n');
}

function env(): void {
  print(exportLines(description()));
}

function description(): BenchDescription {
  const found = readDescription(runDir);
  if (found === undefined) throw new Error(`no bench is up in ${runDir}; start one with "up"`);
  return found;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.stdout.on('error', () => process.exit()); // `... status | head` has seen enough

const command = commands[positionals[0] ?? ''];
if (command === undefined) {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
} else {
  try {
    await command();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
