/** What is judged of what was read of settings and cluster. Pure. */
import { ProvisionerError, messageOf } from '../../errors.ts';
import type { Right, ServiceAccountName } from '../../kube/checkup-api.ts';
import type { Lease } from '../../kube/lease.ts';
import { span } from '../figures.ts';
import { findingsAt } from './finding.ts';
import type { Check, Finding } from './finding.ts';
import type { LeaseExpected, Patient } from './patient.ts';
import { describeRight } from './rights.ts';
import type { NeededRight } from './rights.ts';

const { ok, warn, fail, skipped } = findingsAt('cluster');

/** Every problem at once, one finding each. */
export function judgeSettings({ settings, instance }: Patient): readonly Finding[] {
  const { problems, warnings } = settings;
  const todo = 'correct the variable: docs/settings.md says what each takes';
  const found = [
    ...problems.map((seen) => fail('settings', { seen, todo, code: 'SETTINGS_INVALID' })),
    ...warnings.map((seen) => warn('settings', { seen, todo })),
  ];
  return found.length > 0 ? found : [ok('settings', `valid; the provisioner is ${instance}`)];
}

export function judgeHostsFile({ hostsFile }: Patient): readonly Finding[] {
  if (hostsFile === undefined) {
    return [skipped('hosts-file', 'ZFS_HOSTS_FILE is not set: hosts are what StorageClasses name')];
  }
  const { path, problems, hosts } = hostsFile;
  if (problems.length === 0) return [ok('hosts-file', `${path} is valid, with ${hosts} host(s)`)];
  const todo = `correct ${path}: docs/hosts-file.md describes it. A provisioner that runs keeps the hosts that it knew`;
  const code = 'HOSTS_FILE_INVALID';
  return problems.map((problem) => fail('hosts-file', { seen: `${path}: ${problem}`, todo, code }));
}

export function judgeApi(version: string | Error, serverUrl: string): Finding {
  if (typeof version === 'string') return ok('api', `${serverUrl} answers, ${version}`);
  return failed('api', version, 'see to it that kubectl works with this kubeconfig and context');
}

/** Of what is missing: what every command needs, and what some do. */
export function judgeRights(
  reading: readonly NeededRight[],
  further: readonly NeededRight[],
): Finding {
  const describe = (rights: readonly NeededRight[]): string =>
    rights.map((right) => `${describeRight(right)} (${right.usedFor})`).join(', ');
  const todo = 'give your user these rights in a ClusterRole: docs/kubectl-zfs.md lists them';
  if (reading.length > 0) {
    return fail('rights', { seen: `you may not ${describe([...reading, ...further])}`, todo });
  }
  if (further.length > 0) {
    return warn('rights', {
      seen: `you may not ${describe(further)}`,
      todo: `${todo}; other commands work without them`,
    });
  }
  return ok('rights', 'you may do all that the commands do');
}

/** How long after its last renewal a lease counts as forgotten, beyond its duration. */
const leaseToleranceMs = 5_000;

export function judgeLease(
  { isUsed, name, namespace }: LeaseExpected,
  leases: readonly Lease[],
  nowMs: number,
): Finding {
  if (!isUsed) return skipped('lease', 'ZFS_LEADER_ELECTION is false: no lease is used');
  const [lease] = leases;
  const where = namespace === undefined ? 'any namespace' : `namespace ${namespace}`;
  if (lease === undefined) {
    return fail('lease', {
      seen: `there is no lease ${name} in ${where}: no provisioner has ever led`,
      todo: 'install the provisioner, or look at its log; --instance, --namespace and ZFS_LEASE_NAME have to be those that it runs with',
      code: 'LEASE_LOST',
    });
  }
  if (leases.length > 1) {
    const places = leases.map(({ metadata }) => metadata.namespace).join(', ');
    return fail('lease', {
      seen: `lease ${name} is in several namespaces (${places}): provisioners of one name would work against each other`,
      todo: 'keep one of them, or say --namespace',
    });
  }
  return judgeHolder(lease, nowMs);
}

function judgeHolder({ metadata, spec }: Lease, nowMs: number): Finding {
  const what = `lease ${metadata.namespace}/${metadata.name}`;
  const holder = spec.holderIdentity ?? '';
  const todo =
    'look whether the provisioner runs and what its log says: kubectl get pods, kubectl logs';
  const code = 'LEASE_LOST';
  if (holder === '') {
    return fail('lease', { seen: `${what} is held by nobody: no provisioner works`, todo, code });
  }
  const ageMs = nowMs - Date.parse(spec.renewTime ?? '');
  if (Number.isNaN(ageMs)) {
    return fail('lease', { seen: `${what} of ${holder} was never renewed`, todo, code });
  }
  const limitMs = (spec.leaseDurationSeconds ?? 15) * 1000 + leaseToleranceMs;
  const seen = `${what} is held by ${holder}, renewed ${span(ageMs)} ago`;
  return ageMs > limitMs ? fail('lease', { seen, todo, code }) : ok('lease', seen);
}

/** Whose rights they are, or why nobody knows. */
export type AccountFound = ServiceAccountName | string;

export function judgeAccount(account: AccountFound, denied: readonly Right[]): Finding {
  if (typeof account === 'string') return skipped('account', account);
  const name = `${account.namespace}/${account.name}`;
  if (denied.length === 0)
    return ok('account', `service account ${name} may do all that it has to`);
  return fail('account', {
    seen: `service account ${name} may not ${denied.map(describeRight).join(', ')}`,
    todo: 'give it the rules of the chart (templates/rbac.yaml; helm upgrade puts them back)',
    code: 'KUBE_FORBIDDEN',
  });
}

/** A check that failed with an error of ours. */
export function failed(check: Check, thrown: unknown, todo: string): Finding {
  const code = thrown instanceof ProvisionerError ? thrown.code : undefined;
  return fail(check, { seen: messageOf(thrown), todo, code });
}
