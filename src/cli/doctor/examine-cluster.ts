import { KubeForbiddenError } from '../../kube/api-error.ts';
import type { CheckupApi, Right, ServiceAccountName } from '../../kube/checkup-api.ts';
import type { Lease } from '../../kube/lease.ts';
import { messageOf } from '../../errors.ts';
import type { StorageClass } from '../../volume/objects.ts';
import { judgeClasses } from './class-checks.ts';
import {
  failed,
  judgeAccount,
  judgeApi,
  judgeHostsFile,
  judgeLease,
  judgeRights,
  judgeSettings,
} from './cluster-checks.ts';
import type { AccountFound } from './cluster-checks.ts';
import { findingsAt } from './finding.ts';
import type { Finding } from './finding.ts';
import type { Patient } from './patient.ts';
import { furtherRights, provisionerRights, readingRights } from './rights.ts';

export interface ClusterQuestion {
  /** Of --service-account. */
  readonly account: ServiceAccountName | undefined;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

export interface ExaminedCluster {
  readonly findings: readonly Finding[];
  /** Empty where they could not be listed. */
  readonly classes: readonly StorageClass[];
}

const { skipped } = findingsAt('cluster');
const retryTodo = 'see to it that the API answers your user, then run this again';

/** All that can be told without a host. Never rejects. */
export async function examineCluster(
  patient: Patient,
  question: ClusterQuestion,
): Promise<ExaminedCluster> {
  const local = [...judgeSettings(patient), ...judgeHostsFile(patient)];
  const { api } = patient;
  if (api instanceof Error) {
    return { findings: [...local, judgeApi(api, ''), ...withoutApi()], classes: [] };
  }
  const { signal } = question;
  const version = await settled(api.version(signal));
  const answer = judgeApi(version, api.serverUrl);
  if (version instanceof Error) {
    return { findings: [...local, answer, ...withoutApi()], classes: [] };
  }
  const [rights, lease, classes] = await Promise.all([
    examineRights(api, signal),
    examineLease(patient, api, question),
    settled(api.listClasses(signal)),
  ]);
  const judged =
    classes instanceof Error
      ? [failed('class', classes, retryTodo)]
      : judgeClasses(classes, patient);
  const account = await examineAccount({ patient, api, question, leases: lease.leases });
  return {
    findings: [...local, answer, rights, lease.finding, account, ...judged],
    classes: classes instanceof Error ? [] : classes,
  };
}

function withoutApi(): readonly Finding[] {
  const names = ['rights', 'lease', 'account', 'class'] as const;
  return names.map((check) => skipped(check, 'the API does not answer'));
}

async function settled<T>(promise: Promise<T>): Promise<T | Error> {
  try {
    return await promise;
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

async function examineRights(api: CheckupApi, signal: AbortSignal): Promise<Finding> {
  const deniedOf = async <T extends Right>(rights: readonly T[]): Promise<readonly T[]> => {
    const answers = await Promise.all(rights.map((right) => api.mayI(attributesOf(right), signal)));
    return rights.filter((_, at) => answers[at] !== true);
  };
  try {
    const [reading, changing] = [await deniedOf(readingRights), await deniedOf(furtherRights)];
    return judgeRights(reading, changing);
  } catch (thrown) {
    return failed('rights', thrown, retryTodo);
  }
}

/** As SubjectAccessReview takes it. */
function attributesOf({ verb, group, resource, subresource, namespace, name }: Right): Right {
  return {
    ...{ verb, group, resource },
    ...(subresource !== undefined && { subresource }),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  };
}

interface LeaseFound {
  readonly finding: Finding;
  readonly leases: readonly Lease[];
}

async function examineLease(
  { lease }: Patient,
  api: CheckupApi,
  { nowMs, signal }: ClusterQuestion,
): Promise<LeaseFound> {
  if (!lease.isUsed) return { finding: judgeLease(lease, [], 0), leases: [] };
  const leases = await settled(api.leases(lease.name, lease.namespace, signal));
  if (!(leases instanceof Error)) {
    return { finding: judgeLease(lease, leases, nowMs()), leases };
  }
  if (leases instanceof KubeForbiddenError) {
    const hint = lease.namespace === undefined ? ': say --namespace' : '';
    const why = `you may not list leases there${hint} (${messageOf(leases)})`;
    return { finding: skipped('lease', why), leases: [] };
  }
  return { finding: failed('lease', leases, retryTodo), leases: [] };
}

interface AccountQuestion {
  readonly patient: Patient;
  readonly api: CheckupApi;
  readonly question: ClusterQuestion;
  readonly leases: readonly Lease[];
}

async function examineAccount(asked: AccountQuestion): Promise<Finding> {
  const { api, patient, question } = asked;
  const account = await accountFor(asked);
  if (typeof account === 'string') return judgeAccount(account, []);
  const { listsPods, lease } = patient;
  const rights = provisionerRights(account, { listsPods, lease });
  try {
    const answers = await Promise.all(
      rights.map((right) => api.mayAccount(account, attributesOf(right), question.signal)),
    );
    return judgeAccount(
      account,
      rights.filter((_, at) => answers[at] !== true),
    );
  } catch (thrown) {
    if (!(thrown instanceof KubeForbiddenError)) return failed('account', thrown, retryTodo);
    const why = `you may not ask what others may (create subjectaccessreviews): ${messageOf(thrown)}`;
    return judgeAccount(why, []);
  }
}

/** The account of the pod that holds the lease: its identity begins with the pod's name. */
async function accountFor({ api, question, leases }: AccountQuestion): Promise<AccountFound> {
  if (question.account !== undefined) return question.account;
  const hint = 'say --service-account NAMESPACE/NAME';
  const [lease] = leases;
  const [pod = ''] = (lease?.spec.holderIdentity ?? '').split('_');
  if (lease === undefined || pod === '') {
    return `nobody holds the lease, so nobody knows as whom the provisioner runs: ${hint}`;
  }
  const { namespace } = lease.metadata;
  const found = await settled(api.accountOfPod(namespace, pod, question.signal));
  if (found instanceof Error) return `pod ${namespace}/${pod} cannot be read: ${hint}`;
  return found ?? `the lease is held by ${pod}, which is no pod of ${namespace}: ${hint}`;
}
