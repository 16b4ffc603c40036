import type { ApiRequest } from '../audit-log.ts';
import type { Bench } from '../bench/bench.ts';
import { eventually } from '../bench/eventually.ts';
import { measureBareCreates } from './bare-create.ts';
import type { Workload } from './workload.ts';

/** What is measured; times in milliseconds. */
export interface Figures {
  readonly execsPerCreate: number;
  readonly execsPerGrowth: number;
  readonly execsPerDelete: number;
  /** From the claim's provisioner annotation to the volume's creation, as the API server saw both. */
  readonly provisionP50Ms: number;
  readonly provisionP95Ms: number;
  /** From the larger request to the claim's status, as the API server answered for both. */
  readonly growthP50Ms: number;
  readonly growthP95Ms: number;
  /** `sudo zfs create` alone, through OpenSSH's client on an open connection to the same host. */
  readonly bareCreateP50Ms: number;
  readonly burstClaims: number;
  readonly claimsPerSecond: number;
  readonly deletesPerSecond: number;
  /** Requests of the provisioner by verb and resource, for each claim. */
  readonly requestsPerCreate: Readonly<Record<string, number>>;
  readonly requestsPerGrowth: Readonly<Record<string, number>>;
  readonly requestsPerDelete: Readonly<Record<string, number>>;
}

export interface Amounts {
  readonly singles: number;
  readonly burst: number;
}

const controllers = 'kube-controller-manager';
const grownSize = '8Mi';
const product = 'system:serviceaccount:';

export async function measure(
  bench: Bench,
  workload: Workload,
  { singles, burst }: Amounts,
): Promise<Figures> {
  const warmUp = named('warm-up', 3);
  await workload.createOneByOne(warmUp);
  await workload.growOneByOne(warmUp, grownSize);
  await workload.deleteOneByOne(warmUp);
  const single = await measureSingles(bench, workload, named('single', singles));
  const bareMs = await measureBareCreates(bench, singles);
  const names = named('burst', burst);
  const claimsPerSecond = burst / (await workload.createAll(names));
  const deletesPerSecond = burst / (await workload.deleteAll(names));
  return {
    ...single,
    bareCreateP50Ms: percentile(bareMs, 50),
    burstClaims: burst,
    claimsPerSecond,
    deletesPerSecond,
  };
}

type SingleFigures = Pick<
  Figures,
  | 'execsPerCreate'
  | 'execsPerGrowth'
  | 'execsPerDelete'
  | 'provisionP50Ms'
  | 'provisionP95Ms'
  | 'growthP50Ms'
  | 'growthP95Ms'
  | 'requestsPerCreate'
  | 'requestsPerGrowth'
  | 'requestsPerDelete'
>;

async function measureSingles(
  bench: Bench,
  workload: Workload,
  names: readonly string[],
): Promise<SingleFigures> {
  const creates = await watch(bench, workload, () => workload.createOneByOne(names));
  const growths = await watch(bench, workload, () => workload.growOneByOne(names, grownSize));
  const deletes = await watch(bench, workload, () => workload.deleteOneByOne(names));
  const waitsMs = names.map((name) => provisionMs(creates.requests, name));
  const growthsMs = names.map((name) => growthMs(growths.requests, name));
  return {
    execsPerCreate: creates.execs / names.length,
    execsPerGrowth: growths.execs / names.length,
    execsPerDelete: deletes.execs / names.length,
    provisionP50Ms: percentile(waitsMs, 50),
    provisionP95Ms: percentile(waitsMs, 95),
    growthP50Ms: percentile(growthsMs, 50),
    growthP95Ms: percentile(growthsMs, 95),
    requestsPerCreate: requestsEach(creates.requests, names.length),
    requestsPerGrowth: requestsEach(growths.requests, names.length),
    requestsPerDelete: requestsEach(deletes.requests, names.length),
  };
}

interface Watched {
  readonly execs: number;
  readonly requests: readonly ApiRequest[];
}

async function watch(
  { hosts: [host] }: Bench,
  { audit }: Workload,
  work: () => Promise<void>,
): Promise<Watched> {
  if (host === undefined) throw new Error('the bench has no storage host');
  const logMark = host.ssh.log.mark();
  const auditMark = audit.mark();
  await work();
  return { execs: host.ssh.log.execsSince(logMark), requests: await untilQuiet(audit, auditMark) };
}

/** Events are written in the background: waits until no request of the product has come for a while. */
async function untilQuiet(audit: Workload['audit'], mark: number): Promise<ApiRequest[]> {
  let last = -1;
  const isQuiet = (): boolean => {
    const { length } = ofProduct(audit.since(mark));
    const isSame = length === last;
    last = length;
    return isSame;
  };
  await eventually('the provisioner is quiet', isQuiet, { intervalMs: 500 });
  return audit.since(mark);
}

/** Between the answers that kube-controller-manager got for the annotation, and we for the volume. */
function provisionMs(requests: readonly ApiRequest[], claimName: string): number {
  // Its first change of a new claim is the annotation that names the provisioner.
  const annotated = requests.find(
    ({ verb, resource, name, userAgent }) =>
      ['update', 'patch'].includes(verb) &&
      resource === 'persistentvolumeclaims' &&
      name === claimName &&
      userAgent.startsWith(controllers),
  );
  const annotatedMs = annotated?.answeredMs ?? NaN;
  const written = requests.find(
    ({ verb, resource, user, answeredMs }) =>
      verb === 'create' &&
      resource === 'persistentvolumes' &&
      user.startsWith(product) &&
      answeredMs > annotatedMs,
  );
  return (written?.answeredMs ?? NaN) - annotatedMs;
}

/** Between the answers that a person got for the request, and we for the last status of the claim. */
function growthMs(requests: readonly ApiRequest[], claimName: string): number {
  const patches = requests.filter(({ verb, name }) => verb === 'patch' && name === claimName);
  const asked = patches.find(({ resource }) => resource === 'persistentvolumeclaims');
  const told = patches.findLast(({ resource }) => resource === 'persistentvolumeclaims/status');
  return (told?.answeredMs ?? NaN) - (asked?.answeredMs ?? NaN);
}

function ofProduct(requests: readonly ApiRequest[]): ApiRequest[] {
  return requests.filter(
    ({ user, resource, verb }) =>
      user.startsWith(product) && !resource.endsWith('leases') && verb !== 'watch',
  );
}

function requestsEach(requests: readonly ApiRequest[], count: number): Record<string, number> {
  const byKind = Map.groupBy(ofProduct(requests), ({ verb, resource }) => `${verb} ${resource}`);
  const kinds = [...byKind].map(([kind, of]) => [kind, of.length / count] as const);
  return Object.fromEntries(kinds.sort(([a], [b]) => a.localeCompare(b)));
}

/** The smallest value that this share of all does not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}

function named(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}
