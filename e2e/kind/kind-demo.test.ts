import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Binaries } from '../bench/binaries/go-build.ts';
import { buildBinaries } from '../bench/binaries/go-build.ts';
import { ProgressLines } from '../bench/progress.ts';

const here = import.meta.dirname;

let binaries: Binaries;
let folder: string;

beforeAll(async () => {
  binaries = await buildBinaries(new ProgressLines(), ['kind', 'helm']);
}, 600_000);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kind-demo-'));
  mkdirSync(join(folder, 'bin'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A program that writes down how it was called, and then does what the script says. */
function fake(name: string, script = ''): void {
  const note = `echo "${name} $*" >>${folder}/calls\n`;
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${note}${script}\n`, { mode: 0o755 });
}

function calls(): string[] {
  return readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
}

function run(program: string, ...args: readonly string[]): { status: number | null; told: string } {
  const { status, stdout, stderr } = spawnSync(program, args, {
    env: { PATH: `${folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin`, HOME: folder, ...settings() },
    encoding: 'utf8',
  });
  return { status, told: `${stdout}${stderr}` };
}

const settings = (): Record<string, string> => ({
  KIND_DEMO_FOLDER: join(folder, 'state'),
  KUBECONFIG: join(folder, 'kubeconfig'),
});

describe('cluster.yaml', () => {
  it('is what kind makes a node of that sees the pool, and what is mounted later', () => {
    fake(
      'docker',
      `case "$*" in
        -v) echo 'Docker version 28.2.2' ;;
        *'MemoryLimit'* | info*) echo '{"CgroupVersion":"2","Driver":"overlay2"}' ;;
        run*) exit 1 ;;
      esac`,
    );

    const { told } = run(
      binaries.kind,
      'create',
      'cluster',
      '--config',
      join(here, 'cluster.yaml'),
    );

    const made = calls().find((call) => call.startsWith('docker run ')) ?? told;
    expect(made).toContain('--name zfs-kind-demo-control-plane ');
    expect(made).toContain('--volume=/zfs-kind-demo:/zfs-kind-demo:rslave');
  });

  it('would be refused with a field that kind does not know', () => {
    fake('docker', `echo 'Docker version 28.2.2'`);
    const config = readFileSync(join(here, 'cluster.yaml'), 'utf8');
    writeFileSync(join(folder, 'wrong.yaml'), config.replace('hostPath', 'hostpath'));

    const { status, told } = run(
      binaries.kind,
      'create',
      'cluster',
      '--config',
      `${folder}/wrong.yaml`,
    );

    expect([status, told]).toEqual([1, expect.stringContaining('field hostpath not found')]);
  });
});

describe('kind-demo.sh', () => {
  const demo = join(here, 'kind-demo.sh');

  beforeEach(() => {
    fake('docker', `case "$*" in network*) echo fc00::1; echo 172.18.0.1 ;; esac`);
    fake('zfs');
    fake('zpool');
    fake('kind');
    fake('kubectl');
    fake('helm', `cp "${folder}/state/values.yaml" "${folder}/values.yaml"`);
    fake('sshd', `echo 2147483647 >"${folder}/state/sshd.pid"`);
    fake('id', 'echo 0');
  });

  it('does what it says in its order, and leaves nothing', () => {
    const { status, told } = run(demo);

    expect([status, told]).toEqual([0, expect.stringContaining('remove it all')]);
    const done = calls().map((call) => call.split(' ').slice(0, 3).join(' '));
    const steps = [
      'zpool create -m',
      'kind create cluster',
      'docker build --tag',
      'kind load docker-image',
      'helm install zfs-provisioner',
      'kubectl apply -f',
      'kubectl wait --for=condition=Ready',
      'kubectl delete -f',
      'kubectl wait --for=delete',
      'kind delete cluster',
      'zpool destroy zfs-kind-demo',
    ];
    expect(done.filter((call) => steps.includes(call))).toEqual(steps);
    expect(run('test', '-e', join(folder, 'state')).status).toBe(1);
  });

  it('hands the chart values that it takes', () => {
    run(demo);

    const chart = join(here, '../../charts/zfs-provisioner');
    const { status, told } = run(
      binaries.helm,
      'template',
      'x',
      chart,
      '-f',
      `${folder}/values.yaml`,
    );

    expect([status, told]).toEqual([
      0,
      expect.stringContaining('node: zfs-kind-demo-control-plane'),
    ]);
    expect(told).toContain('image: "zfs-provisioner:kind-demo"');
    expect(told).toContain('address: 172.18.0.1');
  });

  it('removes what it made when a step fails, and says so by its exit code', () => {
    fake('helm', 'exit 7');

    const { status } = run(demo);

    expect(status).toBe(7);
    expect(calls().slice(-3)).toEqual([
      'kind delete cluster --name zfs-kind-demo',
      'zpool list zfs-kind-demo',
      'zpool destroy zfs-kind-demo',
    ]);
  });

  it('does nothing where something is missing, and names it', () => {
    const { status, told } = run('env', 'KIND=no-kind', 'HELM=no-helm', demo);

    expect([status, told]).toEqual([1, 'kind-demo: not found: no-kind no-helm\n']);
  });
});
