import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What people and other processes need to know of a bench, in `<runDir>/bench.json`. */
export interface BenchDescription {
  readonly id: string;
  readonly runDir: string;
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly helm: string;
  readonly auditLog: string;
  readonly sshDir: string;
  readonly hosts: readonly HostDescription[];
}

interface HostDescription {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly pool: string;
  readonly parentDataset: string;
  readonly mountpoint: string;
}

export function writeDescription(bench: BenchDescription): void {
  writeFileSync(descriptionFile(bench.runDir), `${JSON.stringify(bench, undefined, 2)}\n`);
}

/** `undefined` when no bench is up there. */
export function readDescription(runDir: string): BenchDescription | undefined {
  const file = descriptionFile(runDir);
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')) as BenchDescription;
}

/** Lines for `eval "$(node e2e/bench/main.ts env)"`. */
export function exportLines(bench: BenchDescription): string {
  const variables = {
    KUBECONFIG: bench.kubeconfig,
    HELM: bench.helm,
    ZFS_SSH_MOUNT_PATH: bench.sshDir,
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  const programs = [bench.kubectl, bench.helm].map((program) => dirname(program)).join(':');
  return [...lines, `export PATH=${quote(programs)}:"$PATH"`].join('\n');
}

/** How to use a bench by hand. */
export function usageText(bench: BenchDescription): string {
  const hosts = bench.hosts.map(
    ({ name, parentDataset, mountpoint }) =>
      `  ssh -F ${bench.sshDir}/config ${name} sudo zfs list   # ${parentDataset}, mounted at ${mountpoint}/kubernetes`,
  );
  return [
    `The bench is up in ${bench.runDir}:`,
    `  export KUBECONFIG=${bench.kubeconfig}`,
    `  ${bench.kubectl} get pvc,pv -A`,
    ...hosts,
    '  eval "$(node e2e/bench/main.ts env)"    # sets KUBECONFIG, PATH and ZFS_SSH_MOUNT_PATH',
    '  node e2e/bench/main.ts down             # ends it',
  ].join('\n');
}

function descriptionFile(runDir: string): string {
  return join(runDir, 'bench.json');
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
