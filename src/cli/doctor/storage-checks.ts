/** What is judged of a host's pools and parents. Pure; nothing was written to find out. */
import { poolOf } from '../../volume/dataset-name.ts';
import { roundedBytes } from '../../volume/format-bytes.ts';
import type { ProbedTool, SeenParent, SeenPool, Tried } from '../../zfs/examination.ts';
import { findingsAt } from './finding.ts';
import type { Finding } from './finding.ts';
import { cut } from './host-checks.ts';
import type { Examined } from './host-checks.ts';
import { failureOf, notRun } from './host-failure.ts';

/** The parents that were asked about, and which tools classes need on the host. */
export interface StorageQuestion {
  readonly parents: readonly string[];
  readonly tools: ReadonlySet<ProbedTool>;
}

/** The health and fullness of each pool. */
export function judgePools(
  { host, examination }: Examined,
  question: StorageQuestion,
): readonly Finding[] {
  const { skipped } = findingsAt(host);
  const pools = [...new Set(question.parents.map(poolOf))];
  return pools.map((pool) => {
    const seen = examination.pools.find((each) => each.pool === pool);
    const row = rowOf(examination.zpool, pool);
    if (row === undefined && seen === undefined) {
      return skipped('pool', 'the script did not get so far', pool);
    }
    return judgePool(host, pool, { health: row?.health, seen });
  });
}

function rowOf(zpool: Tried | undefined, pool: string): { readonly health: string } | undefined {
  if (zpool?.exitCode !== 0) return undefined;
  const row = zpool.said.split('\n').find((line) => line.startsWith(`${pool}\t`));
  const health = row?.split('\t')[2];
  return health === undefined ? undefined : { health };
}

const fullPercent = 80;

function judgePool(
  host: string,
  subject: string,
  { health, seen }: { readonly health: string | undefined; readonly seen: SeenPool | undefined },
): Finding {
  const { fail } = findingsAt(host);
  const state = health ?? 'its health is not told to this user';
  if (seen !== undefined && seen.exitCode !== 0) {
    return fail('pool', {
      subject,
      seen: `pool ${subject} cannot be read: ${cut(seen.said)}`,
      todo: 'import it (zpool import), or correct parentDataset; zpool status tells how it is',
      code: 'PARENT_UNUSABLE',
    });
  }
  if (health !== undefined && !['ONLINE', 'DEGRADED'].includes(health)) {
    return fail('pool', {
      subject,
      seen: `pool ${subject} is ${health}`,
      todo: 'zpool status -x tells what is broken; zpool clear resumes a suspended pool once its disks answer',
      code: 'POOL_UNAVAILABLE',
    });
  }
  return judgeSpace(host, subject, { state, ...spaceOf(seen) });
}

interface Space {
  readonly percent: number | undefined;
  readonly available: string;
  readonly readOnly: boolean;
}

function judgeSpace(
  host: string,
  subject: string,
  { state, percent, available, readOnly }: Space & { readonly state: string },
): Finding {
  const { ok, warn, fail } = findingsAt(host);
  if (readOnly) {
    return fail('pool', {
      subject,
      seen: `pool ${subject} is read-only`,
      todo: 'zfs set readonly=off, or import it without readonly=on',
      code: 'PARENT_UNUSABLE',
    });
  }
  if (state === 'DEGRADED') {
    return warn('pool', {
      subject,
      seen: `pool ${subject} is DEGRADED: it works without a disk`,
      todo: 'replace the disk that zpool status names',
    });
  }
  if (percent !== undefined && percent > fullPercent) {
    return warn('pool', {
      subject,
      seen: `pool ${subject} is ${percent} % full, ${available} are left`,
      todo: 'free space or add disks: above 80 % ZFS becomes slow, and new volumes may find no room',
    });
  }
  const fullness = percent === undefined ? '' : `, ${percent} % full, ${available} left`;
  return ok('pool', `${state}${fullness}`, subject);
}

function spaceOf(seen: SeenPool | undefined): Space {
  const used = bytesOf(seen?.properties.get('used'));
  const available = bytesOf(seen?.properties.get('available'));
  const readOnly = seen?.properties.get('readonly') === 'on';
  if (used === undefined || available === undefined || used + available === 0n) {
    return { percent: undefined, available: '', readOnly };
  }
  const percent = Number((used * 100n) / (used + available));
  return { percent, available: roundedBytes(available), readOnly };
}

function bytesOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;
}

/** Whether volumes can be made below each parent, as far as that shows without making one. */
export function judgeParents(examined: Examined, { parents }: StorageQuestion): readonly Finding[] {
  const { host, examination } = examined;
  const { ok, fail, skipped } = findingsAt(host);
  return parents.map((subject) => {
    const seen = examination.parents.find(({ dataset }) => dataset === subject);
    if (seen === undefined) return skipped('parent', 'the script did not get so far', subject);
    if (seen.exitCode !== 0) {
      if (notRun(examined, 'parent', seen, subject) !== undefined) {
        return skipped('parent', 'zfs cannot be run there', subject);
      }
      return unreadable(examined, seen);
    }
    const obstacles = obstaclesIn(seen);
    if (obstacles.length === 0) {
      const space = bytesOf(seen.properties.get('available'));
      const left = space === undefined ? '' : `, ${roundedBytes(space)} available`;
      return ok(
        'parent',
        `mounted at ${seen.properties.get('mountpoint') ?? '?'}, not readonly${left} (nothing was written to prove it)`,
        subject,
      );
    }
    return fail('parent', {
      subject,
      seen: obstacles.map(([what]) => what).join('; '),
      todo: obstacles.map(([, todo]) => todo).join('; '),
      code: 'PARENT_UNUSABLE',
    });
  });
}

function unreadable(examined: Examined, seen: SeenParent): Finding {
  const { dataset: subject } = seen;
  const finding = failureOf(examined, 'parent', { tried: seen, subject, step: 'zfs get' });
  if (finding.code !== 'DATASET_MISSING') return finding;
  const todo = `zfs create ${subject}, import its pool, or correct parentDataset of the class (or the hosts file)`;
  return { ...finding, code: 'PARENT_UNUSABLE', todo };
}

function obstaclesIn({ dataset, properties }: SeenParent): readonly (readonly [string, string])[] {
  const is = (property: string, value: string): boolean => properties.get(property) === value;
  const found: (readonly [string, string])[] = [];
  if (!is('type', 'filesystem')) {
    const type = properties.get('type') ?? 'nothing that is known';
    return [[`${dataset} is a ${type}`, 'name a filesystem as parentDataset']];
  }
  if (is('keystatus', 'unavailable')) {
    found.push(['its key is not loaded', `zfs load-key ${dataset}, then zfs mount it`]);
  }
  if (is('readonly', 'on')) found.push(['it is readonly', `zfs set readonly=off ${dataset}`]);
  const mount = mountObstacle(dataset, properties);
  if (mount !== undefined) found.push(mount);
  if (is('available', '0')) {
    found.push(['no space is available in it', 'free space, or raise its quota']);
  }
  return found;
}

function mountObstacle(
  dataset: string,
  properties: ReadonlyMap<string, string>,
): readonly [string, string] | undefined {
  const mountpoint = properties.get('mountpoint') ?? '';
  if (mountpoint === 'legacy' || mountpoint === 'none') {
    const todo = `zfs set mountpoint=/${dataset} ${dataset}`;
    return [`its mountpoint is ${mountpoint}, so volumes have none`, todo];
  }
  // Volumes below one that is never mounted itself are mounted all the same.
  const isToBe = properties.get('canmount') === 'on';
  if (!isToBe || properties.get('mounted') === 'yes') return undefined;
  return ['it is not mounted', `zfs mount ${dataset}`];
}
