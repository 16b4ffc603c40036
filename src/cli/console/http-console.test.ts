import { beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CliStage } from '../../../test/support/cli-world.ts';
import type { FindingView, HostView, TrashView, VolumeView } from '../../overview/views.ts';

const nowMs = Date.UTC(2026, 0, 1);

const volume = (name: string, change: Partial<VolumeView> = {}): VolumeView => ({
  ...{ volume: name, phase: 'Bound', namespace: 'default', claim: name.replace('pvc-', '') },
  ...{ storageClass: 'fast', type: 'nfs', host: 'storage-1', dataset: `tank/${name}` },
  ...{ capacityBytes: 1 << 30, usedBytes: 1 << 29, quotaBytes: 1 << 30, usedBySnapshotsBytes: 0 },
  ...{ share: 'rw', accessModes: ['ReadWriteMany'], reclaimPolicy: 'Delete', drift: [] },
  createdAtMs: nowMs - 60_000,
  ...change,
});

const finding = (kind: FindingView['kind'], name: string): FindingView => ({
  ...{ kind, host: 'storage-1', dataset: `tank/${name}`, volume: name },
  ...{ expected: 'a=b', actual: 'a=c', remedy: 'zfs set a=b' },
});

let stage: CliStage;
let tables: Record<string, readonly object[]>;
let asked: { readonly url: URL; readonly headers: Headers }[];

beforeEach(() => {
  stage = new CliStage();
  stage.connectError = new Error('the cluster is not to be asked');
  asked = [];
  const trash: TrashView = {
    ...{ host: 'storage-1', dataset: 'tank/.trash/x', volume: 'pvc-x', namespace: 'default' },
    ...{ claim: 'x', usedBytes: 1024, trashedAtMs: nowMs - 60_000, expiresAtMs: nowMs + 60_000 },
  };
  const host: HostView = {
    ...{ host: 'storage-1', state: 'answers', isConnected: true, running: 0, queued: 0 },
    ...{ hung: [], volumes: 2, latencyMs: 12.4, lookedAtMs: nowMs },
  };
  tables = {
    volumes: [volume('pvc-a'), volume('pvc-b', { drift: ['quota'] })],
    hosts: [host],
    pools: [{ host: 'storage-1', pool: 'tank', health: 'ONLINE', parents: [] }],
    trash: [trash],
    waiting: [
      { kind: 'claim', name: 'stuck', sinceMs: 0, attempts: 3, code: 'NO_HOST', message: 'full' },
    ],
    findings: [finding('quota', 'pvc-b'), finding('orphan', 'pvc-o'), finding('stranger', 'old')],
  };
  stage.fetch = (address, options) => {
    const url = new URL(address);
    asked.push({ url, headers: new Headers(options?.headers) });
    return Promise.resolve(answerTo(url));
  };
});

function answerTo(url: URL): Response {
  const [table = '', name] = url.pathname.replace('/console/api/', '').split('/');
  if (name !== undefined) {
    const found = (tables['volumes'] ?? []).find((row) => (row as VolumeView).volume === name);
    const more = { events: [], findings: [finding('quota', name)] };
    return found === undefined
      ? Response.json({ error: 'no such volume' }, { status: 404 })
      : Response.json({ ...found, ...more });
  }
  const rows = tables[table];
  if (rows === undefined) return Response.json({ error: 'no such page' }, { status: 404 });
  const [page, pageSize] = ['page', 'pageSize'].map((key) => Number(url.searchParams.get(key)));
  const from = ((page ?? 1) - 1) * (pageSize ?? 50);
  const items = rows.slice(from, from + (pageSize ?? 50));
  return Response.json({ items, total: rows.length, page, pageSize });
}

const url = 'http://localhost:8090';

describe('with --console', () => {
  it.each([
    ['list', /^CLAIM.*\ndefault\/a +pvc-a +fast +storage-1 +tank\/pvc-a +512 MiB +1 GiB +50 %/],
    ['list --sort -volume', /\ndefault\/b[^]*\ndefault\/a/],
    ['hosts', /\nstorage-1 +answers +12 ms +2 +tank +ONLINE/],
    ['trash list', /\npvc-x +default\/x +storage-1 +tank\/.trash\/x +1 KiB +60s ago +in 60s/],
    ['orphans', /^VOLUME.*\npvc-o +- +storage-1 +tank\/pvc-o +orphan\n$/],
    ['orphans --strangers', /\nold +- /],
    ['drift', /^VOLUME.*\npvc-b +- +storage-1 +quota +a=b +a=c +zfs set a=b\n$/],
    ['drift pvc-a', /^$/],
    ['describe pvc-b', /\n! +size +1 GiB +quota 1 GiB\n/],
    ['describe default/b', /\n! +size +1 GiB +quota 1 GiB\n/],
    ['describe b', /\nquota +a=b +a=c +zfs set a=b\n/],
  ])('%s shows what the console knows, and asks nobody else', async (args, expected) => {
    const { code, stdout } = await stage.run(`${args} --console ${url}`);

    expect(code).toBe(0);
    expect(stdout).toMatch(expected);
    expect(stage.zfs.calls).toEqual([]);
  });

  it('tells programs the fields that it would tell by SSH', async () => {
    const [item] = await stage.items(`list --console ${url}`);
    const [trashed] = await stage.items(`trash list --console ${url}`);

    expect(item).toMatchObject({ volume: 'pvc-a', claim: { namespace: 'default', name: 'a' } });
    expect(trashed).toMatchObject({ volume: 'pvc-x', expired: false, usedBytes: 1024 });
  });

  it('reads all pages', async () => {
    tables['volumes'] = Array.from({ length: 1201 }, (_, at) => volume(`pvc-${at}`));

    const { stdout } = await stage.run(`list -o name --console ${url}`);

    expect(stdout.trim().split('\n')).toHaveLength(1201);
    expect(asked.map((each) => each.url.searchParams.get('page'))).toEqual(['1', '2', '3']);
  });

  it('says who it is by its token, from the environment or a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'console-'));
    const file = join(folder, 'token');
    writeFileSync(file, 'from-file\n');
    stage.env = { ZFS_CONSOLE_TOKEN: 'from-env' };

    await stage.run(`list --console ${url}/console/`);
    await stage.run(`list --console ${url} --console-token-file ${file}`);
    const open = await stage.run('list --console http://provisioner.example:8090');
    rmSync(folder, { recursive: true });

    expect(asked.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer from-env',
      'Bearer from-file',
      'Bearer from-env',
    ]);
    expect(asked[0]?.url.pathname).toBe('/console/api/volumes');
    expect(open.stderr).toContain('unencrypted');
  });

  it.each([
    ['trash restore pvc-x --claim a/b -y', 'trash restore needs a kubeconfig and SSH'],
    ['trash empty -y', 'trash empty needs'],
    ['adopt pvc-x --claim a/b', 'adopt needs'],
    ['doctor', 'doctor needs'],
    ['drift --repair -y', 'drift --repair needs'],
    ['guard release --all -y', 'guard release needs'],
    ['trash list --all', '--all needs hosts'],
  ])('%s is refused, and asks nobody', async (args, said) => {
    const { code, stderr } = await stage.run(`${args} --console ${url}`);

    expect(code).toBe(2);
    expect(stderr).toContain(said);
    expect(asked).toEqual([]);
  });

  it.each<[string, () => Promise<Response>, string]>([
    [
      'no server',
      () => Promise.reject(new TypeError('fetch failed', { cause: new Error('refused') })),
      'does not answer: refused',
    ],
    [
      'no token',
      () => Promise.resolve(Response.json({}, { status: 401 })),
      'it wants a token; set ZFS_CONSOLE_TOKEN',
    ],
    [
      'a replica that does not lead',
      () =>
        Promise.resolve(
          Response.json({ error: 'not the leader', leader: 'pod-2' }, { status: 503 }),
        ),
      'answers HTTP 503: not the leader; ask the replica that leads, pod-2 (CONSOLE_FAILED)',
    ],
    [
      'another server',
      () => Promise.resolve(new Response('<html>')),
      'is no status page of the provisioner',
    ],
    [
      'another page',
      () => Promise.resolve(Response.json({ error: 'x' }, { status: 404 })),
      'is no status page',
    ],
  ])('%s is told in one line', async (_what, answer, said) => {
    stage.fetch = answer;

    const { code, stdout, stderr } = await stage.run(`list --console ${url}`);

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(said);
  });

  it('tells of a claim that waits why, and of one that is not there that it is not', async () => {
    const waiting = await stage.run(`describe default/stuck --console ${url}`);
    const unknown = await stage.run(`describe nobody --console ${url}`);

    expect(waiting).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('it waits: full (NO_HOST)'),
    });
    expect(unknown.stderr).toContain('the console shows no volume and no claim "nobody"');
  });

  it.each([
    ['--console ftp://x', '--console is "ftp://x": expected a URL'],
    ['--console-token-file x', '--console-token-file goes with --console'],
    [`--console ${url} --console-token-file /nowhere/x`, '/nowhere/x cannot be read'],
  ])('%s is a mistake', async (flags, said) => {
    const { code, stderr } = await stage.run(`list ${flags}`);

    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});
