import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../bench/eventually.ts';
import { consult, expectFound } from '../doctor.ts';
import type { Expected } from '../doctor.ts';
import { KubectlZfs } from '../kubectl-zfs.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  expectsDenials: true, // rights are taken away
  classes: [{ name: 'world' }],
  env: { ZFS_LEASE_RETRY_PERIOD: '500ms' },
});

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const coordination = '/apis/coordination.k8s.io/v1/namespaces/zfs-system/leases';
const leaseName = 'pv.kubernetes.io-zfs';
const account = ['--service-account', 'zfs-system/zfs-provisioner'];

let kubectlZfs: KubectlZfs;

beforeAll(async () => {
  kubectlZfs = new KubectlZfs(stage());
  await stage().deleteClass('world');
  await stage().createClass('nfs', { parameters: { shareClients: '10.0.0.0/8' } });
});
afterAll(() => {
  kubectlZfs.remove();
});

/** A file of the person's. */
function write(name: string, text: string): string {
  const file = join(stage().bench.runDir, name);
  writeFileSync(file, text);
  return file;
}

async function api<T>(path: string, method: 'GET' | 'PATCH' | 'DELETE', body?: object): Promise<T> {
  return stage().bench.controlPlane.api.call<T>(path, { method, ...(body && { body }) });
}

interface Role {
  readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: string[] }[];
}

let rulesBefore: Role | undefined;

/** As of the chart, without this. */
async function takeAway(verb: string, resource: string): Promise<void> {
  const path = `${rbac}/clusterroles/zfs-provisioner`;
  rulesBefore ??= await api<Role>(path, 'GET');
  const rules = rulesBefore.rules.map((rule) =>
    rule.resources.includes(resource)
      ? { ...rule, verbs: rule.verbs.filter((each) => each !== verb) }
      : rule,
  );
  await api(path, 'PATCH', { rules: rules.filter(({ verbs }) => verbs.length > 0) });
}

async function giveBack(): Promise<void> {
  const rules = rulesBefore?.rules;
  await api(`${rbac}/clusterroles/zfs-provisioner`, 'PATCH', { rules });
}

/** A kubeconfig of somebody with no rights. */
async function nobody(): Promise<string> {
  await stage().bench.kubectl('create', 'serviceaccount', 'nobody', '-n', 'default');
  return (await stage().bench.serviceAccountKubeconfig('default', 'nobody')).kubeconfig;
}

async function until(check: string, state: string): Promise<void> {
  await eventually(`${check} is ${state}`, async () => {
    const { told } = await consult(kubectlZfs, {}, '--only', check, ...account);
    return told.some((each) => each.state === state);
  });
}

interface Fault extends Omit<Expected, 'where'> {
  readonly fault: string;
  readonly bring?: () => unknown;
  readonly mend?: () => unknown;
  readonly env?: () => Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

const hostsFile = (text: string) => () => ({ ZFS_HOSTS_FILE: write('hosts.yaml', text) });

const faults: readonly Fault[] = [
  {
    fault: 'a setting is wrong',
    env: () => ({ ZFS_OP_TIMEOUT: 'soon', ZFS_SSH_CHANNELS: '99' }),
    ...{ check: 'settings', state: 'fail', names: 'ZFS_OP_TIMEOUT is "soon"', todo: 'settings.md' },
  },
  {
    fault: 'a second setting is wrong',
    env: () => ({ ZFS_OP_TIMEOUT: 'soon', ZFS_SSH_CHANNELS: '99' }),
    ...{ check: 'settings', state: 'fail', names: 'ZFS_SSH_CHANNELS is "99"', todo: 'settings.md' },
  },
  {
    fault: 'a setting is misspelt',
    env: () => ({ ZFS_OPTIMEOUT: '5s' }),
    ...{ check: 'settings', state: 'warn', names: 'ZFS_OPTIMEOUT', todo: 'settings.md' },
  },
  {
    fault: 'the hosts file is broken',
    env: hostsFile('hosts:\n  - name: storage-1\n    shh: {}\n'),
    ...{ check: 'hosts-file', state: 'fail', names: 'shh', todo: 'hosts-file.md' },
  },
  {
    fault: 'the hosts file is missing',
    env: () => ({ ZFS_HOSTS_FILE: '/nowhere/hosts.yaml' }),
    ...{ check: 'hosts-file', state: 'fail', names: 'ENOENT', todo: '/nowhere/hosts.yaml' },
  },
  {
    fault: 'a host of a class is not in the hosts file',
    env: hostsFile('hosts:\n  - name: another\n    parents: [{ dataset: tank/k }]\n'),
    args: ['--host', 'storage-1'],
    ...{ check: 'class', state: 'warn', names: 'storage-1 is not in', todo: 'anew' },
  },
  {
    fault: 'the API does not answer',
    env: () => ({
      KUBECONFIG: write(
        'dead.kubeconfig',
        JSON.stringify({
          clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
          users: [{ name: 'u', user: {} }],
          contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
          'current-context': 'x',
        }),
      ),
    }),
    ...{ check: 'api', state: 'fail', names: 'ECONNREFUSED', todo: 'kubectl works' },
  },
  {
    fault: 'there is no kubeconfig',
    args: ['--kubeconfig', '/nowhere/config'],
    ...{ check: 'api', state: 'fail', names: '/nowhere/config', todo: 'kubectl works' },
  },
  {
    fault: 'the user has no rights',
    bring: async () => {
      access = await nobody();
    },
    env: () => ({ KUBECONFIG: access }),
    ...{ check: 'rights', state: 'fail', names: 'list persistentvolumes', todo: 'ClusterRole' },
  },
  {
    fault: 'a right of the provisioner is taken away',
    bring: () => takeAway('delete', 'persistentvolumes'),
    mend: giveBack,
    ...{ check: 'account', state: 'fail', names: 'delete persistentvolumes', todo: 'rbac.yaml' },
  },
  {
    fault: 'another right of the provisioner is taken away',
    bring: () => takeAway('patch', 'persistentvolumeclaims/status'),
    mend: giveBack,
    ...{ check: 'account', state: 'fail', names: 'claims/status', todo: 'rbac.yaml' },
  },
  {
    fault: 'a parameter of a class is wrong',
    bring: () =>
      stage().createClass('bad', {
        parameters: { shareClients: '10.0.0.0/8', quota: 'much', squash: 'some' },
      }),
    mend: () => stage().deleteClass('bad'),
    ...{ check: 'class', state: 'fail', names: 'parameter squash', todo: 'parameters.md' },
  },
  {
    fault: 'a parameter of a class is misspelt',
    bring: () =>
      stage().createClass('misspelt', {
        parameters: { shareClients: '10.0.0.0/8', reserveSpaces: 'true' },
      }),
    mend: () => stage().deleteClass('misspelt'),
    ...{ check: 'class', state: 'warn', names: 'did you mean reserveSpace', todo: 'anew' },
  },
  {
    fault: 'a class exports to everyone without saying so',
    bring: () => stage().createClass('open'),
    mend: () => stage().deleteClass('open'),
    ...{ check: 'class', state: 'fail', names: 'to everyone', todo: 'anew' },
  },
  {
    fault: 'a class exports to everyone on purpose',
    bring: () => stage().createClass('open', { parameters: { shareClients: 'everyone' } }),
    mend: () => stage().deleteClass('open'),
    ...{ check: 'class', state: 'warn', names: 'to everyone', todo: 'not meant' },
  },
  {
    fault: 'a class selects hosts that there are not',
    bring: () => createSelecting('dark'),
    mend: () => stage().deleteClass('dark'),
    ...{ check: 'class', state: 'fail', names: 'hostSelector', todo: 'parameters.md' },
  },
  {
    fault: 'a class may not use its parent',
    env: () => ({ ZFS_ALLOWED_PARENTS: 'other/kubernetes' }),
    ...{ check: 'class', state: 'fail', names: 'outside the allowed parents', todo: 'anew' },
  },
  {
    fault: 'no class names the provisioner',
    args: ['--instance', 'example.com/zfs'],
    ...{ check: 'class', state: 'warn', names: 'no StorageClass names', todo: '--instance' },
  },
];

let access = '';

async function createSelecting(name: string): Promise<void> {
  const body = {
    ...{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name } },
    provisioner: stage().installation.env['ZFS_PROVISIONER_INSTANCE'],
    parameters: { hostSelector: 'tier=dark', type: 'nfs', shareClients: '10.0.0.0/8' },
  };
  await stage().bench.apply(JSON.stringify(body));
}

describe('a healthy cluster', () => {
  it('has no fault', async () => {
    await until('lease', 'ok');
    const { told } = await consult(kubectlZfs, {}, '--only', clusterOnly, ...account);

    expect(told.filter(({ state }) => state === 'fail' || state === 'warn')).toEqual([]);
    const passed = told.filter(({ state }) => state === 'ok').map(({ check }) => check);
    expect(passed).toEqual(['settings', 'api', 'rights', 'lease', 'account', 'class']);
  }, 30_000);

  it('is told in a table for people, with a line that sums it up', async () => {
    const { stdout, exitCode } = await kubectlZfs.run('doctor', '--only', clusterOnly, ...account);

    expect(stdout).toMatch(/^STATE +WHERE +CHECK +OF +SEEN$/m);
    expect(stdout).toMatch(/^ok +cluster +api +- +https:\S+ answers, v1\./m);
    expect(stdout).toMatch(/^6 ok, 1 skipped$/m);
    expect(exitCode).toBe(0);
  }, 30_000);
});

const clusterOnly = 'settings,hosts-file,api,rights,lease,account,class';

describe('a fault is found and named:', () => {
  it.each(faults.map((each) => [each.fault, each] as const))(
    '%s',
    async (_name, { bring, mend, env, args = [], ...expected }) => {
      await bring?.();
      try {
        const more = ['--only', clusterOnly, ...account, ...args];
        const consulted = await consult(kubectlZfs, env?.() ?? {}, ...more);
        expectFound(consulted, { where: 'cluster', ...expected });
      } finally {
        await mend?.();
      }
    },
    60_000,
  );

  it('a host of a class that there is not', async () => {
    const parameters = { hostname: 'no-such-host.invalid', shareClients: '10.0.0.0/8' };
    await stage().createClass('unknown', { parameters });
    const consulted = await consult(kubectlZfs, {}, '--host', 'no-such-host.invalid');
    await stage().deleteClass('unknown');

    const names = 'no-such-host.invalid';
    expectFound(consulted, {
      ...{ where: names, check: 'tcp', state: 'fail', names, todo: 'known to DNS' },
    });
  }, 30_000);

  it('a lease that is not renewed any more, then one that nobody holds, then none', async () => {
    const { provisioner } = stage();
    await provisioner.kill();
    const spec = { renewTime: '2020-01-01T00:00:00.000000Z' };
    await api(`${coordination}/${leaseName}`, 'PATCH', { spec });
    const lease = { where: 'cluster', check: 'lease', state: 'fail' } as const;
    const only = ['--only', 'lease'];
    const held = await consult(kubectlZfs, {}, ...only);
    await api(`${coordination}/${leaseName}`, 'PATCH', { spec: { holderIdentity: '' } });
    const free = await consult(kubectlZfs, {}, ...only, '--namespace', 'zfs-system');
    await api(`${coordination}/${leaseName}`, 'DELETE');
    const none = await consult(kubectlZfs, {}, ...only);

    expectFound(held, { ...lease, names: 'renewed', todo: 'kubectl logs' });
    expectFound(free, { ...lease, names: 'held by nobody', todo: 'kubectl logs' });
    expectFound(none, { ...lease, names: 'there is no lease', todo: 'install' });
  }, 30_000);
});
