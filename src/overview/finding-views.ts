import type {
  Comparison,
  DriftedVolume,
  MissingDataset,
  UnclearVolume,
} from '../provisioner/comparison.ts';
import type { Orphan } from '../provisioner/orphans.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import type { Volume } from '../volume/objects.ts';
import { present } from './present.ts';
import type { FindingView } from './views.ts';

/** All that differs between volumes and datasets, host by host; of a host the worst first. Pure. */
export function findingViews(comparisons: ReadonlyMap<string, Comparison>): readonly FindingView[] {
  return [...comparisons].flatMap(([host, comparison]) => [
    ...comparison.missing.map(ofMissing),
    ...comparison.unclear.map((each) => ofUnclear(host, each)),
    ...comparison.drifted.flatMap(ofDrifted),
    ...comparison.orphans.map(ofOrphan),
    ...comparison.retained.map(ofRetained),
    ...comparison.strangers.map((dataset) => ({ kind: 'stranger' as const, host, dataset })),
  ]);
}

/** How a volume without its dataset is told: what it was promised, what is there, what to do. Pure. */
export function absenceTold({ location, isTaken, foundAs }: MissingDataset): Told {
  const { dataset } = location;
  const actual = isTaken ? 'a dataset that is not its own' : 'no dataset';
  return {
    expected: `dataset=${dataset}`,
    actual: foundAs === undefined ? actual : `${actual}; its own is ${foundAs}`,
    remedy:
      foundAs === undefined || isTaken
        ? 'look on the host, and at backups'
        : `zfs rename ${foundAs} ${dataset}`,
  };
}

interface Told {
  readonly expected: string;
  readonly actual: string;
  readonly remedy: string;
}

function ofMissing(missing: MissingDataset): FindingView {
  const { volume, location } = missing;
  const { host, dataset } = location;
  return { kind: 'missing', host, dataset, ...toldBy(volume), ...absenceTold(missing) };
}

function ofUnclear(host: string, { volume, reason }: UnclearVolume): FindingView {
  return {
    ...{ kind: 'unclear', host, ...toldBy(volume) },
    dataset: volume.metadata.annotations?.[volumeAnnotations.datasetPath] ?? '',
    expected: 'annotations that agree with the volume',
    actual: reason,
    remedy: `kubectl edit pv ${volume.metadata.name}`,
  };
}

function ofDrifted({ volume, location: { host, dataset }, drifts }: DriftedVolume): FindingView[] {
  return drifts.map(({ kind, expected, actual, remedy }) => {
    return { kind, host, dataset, ...toldBy(volume), expected, actual, remedy };
  });
}

function ofOrphan(orphan: Orphan): FindingView {
  const { kept } = orphan;
  return {
    ...{ kind: 'orphan', ...placeOf(orphan) },
    expected: 'a volume or a claim that it is for',
    actual: kept === undefined ? 'none' : `none, and it stays: ${kept}`,
    remedy: 'kubectl zfs orphans; kubectl zfs adopt makes it a volume again',
  };
}

function ofRetained(orphan: Orphan): FindingView {
  return {
    ...{ kind: 'retained', ...placeOf(orphan) },
    remedy: 'it stays, as its class said; kubectl zfs adopt makes it a volume again',
  };
}

function placeOf(orphan: Orphan): Omit<FindingView, 'kind'> {
  const { host, dataset, volumeName: volume, claimNamespace, claimName } = orphan;
  return { host, dataset, volume, ...present({ namespace: claimNamespace, claim: claimName }) };
}

function toldBy({ metadata, spec }: Volume): Pick<FindingView, 'volume' | 'namespace' | 'claim'> {
  const { namespace, name: claim } = spec.claimRef ?? {};
  return { volume: metadata.name, ...present({ namespace, claim }) };
}
