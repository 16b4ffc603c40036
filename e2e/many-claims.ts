import { eventually } from './bench/eventually.ts';
import type { StorageHost } from './bench/storage-host/storage-host.ts';
import type { Stage } from './stage.ts';

interface List<T> {
  readonly items: readonly T[];
}

interface ClaimPhase {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly phase?: string };
}

const claimsPath = '/api/v1/namespaces/default/persistentvolumeclaims';

/** `prefix-1` and so on. */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}

/** All at once, small ones. */
export async function createClaims(
  stage: Stage,
  names: readonly string[],
  className: string,
): Promise<void> {
  await Promise.all(names.map((name) => stage.createClaim({ name, className, size: '4Mi' })));
}

export async function deleteClaims(stage: Stage, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => stage.deleteClaim(name)));
}

/** Of these, those that are not bound. */
export async function unboundOf(stage: Stage, names: readonly string[]): Promise<string[]> {
  const { items } = await stage.bench.controlPlane.api.call<List<ClaimPhase>>(claimsPath);
  const bound = new Set(
    items.filter(({ status }) => status?.phase === 'Bound').map(({ metadata }) => metadata.name),
  );
  return names.filter((name) => !bound.has(name));
}

export async function untilAllBound(
  stage: Stage,
  names: readonly string[],
  timeoutMs = 60_000,
): Promise<void> {
  await eventually(`${names.length} claims are bound`, () => unboundOf(stage, names), {
    until: (unbound) => unbound.length === 0,
    timeoutMs,
    intervalMs: 100,
  });
}

/** What stands for the claims: each list sorted, so that one missing or too many shows. */
export interface Standing {
  /** Names that the claims' volumes must have. */
  readonly wanted: readonly string[];
  readonly boundVolumes: readonly string[];
  readonly datasets: readonly string[];
  readonly exported: readonly string[];
}

/** Of a host that nothing else was made on. */
export async function standingOf(
  stage: Stage,
  names: readonly string[],
  host: StorageHost,
): Promise<Standing> {
  const wanted = await Promise.all(names.map((name) => stage.volumeNameFor(name)));
  const volumes = await stage.volumes();
  const bound = volumes.filter(
    (volume) =>
      volume.status?.phase === 'Bound' &&
      stage.datasetOf(volume) === `${host.parentDataset}/${volume.metadata.name}`,
  );
  const datasets = await stage.datasetNames(host);
  return {
    wanted: wanted.toSorted(),
    boundVolumes: bound.map(({ metadata }) => metadata.name).toSorted(),
    datasets: datasets.map(leafOf).toSorted(),
    exported: host
      .exports()
      .map(({ mountpoint }) => leafOf(mountpoint))
      .toSorted(),
  };
}

function leafOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
