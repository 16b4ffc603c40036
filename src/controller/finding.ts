/** What a comparison found, as the words that people are told. */
import type {
  Comparison,
  DriftedVolume,
  MissingDataset,
  UnclearVolume,
} from '../provisioner/comparison.ts';
import type { Volume } from '../volume/objects.ts';

export interface Finding {
  readonly volume: Volume;
  /** Of one volume, the same for as long as it is the same finding. */
  readonly key: string;
  /** Undefined: only the log tells it. */
  readonly event:
    { readonly reason: 'VolumeDrift' | 'DatasetMissing'; readonly message: string } | undefined;
  /** Of the log line. */
  readonly title: string;
  readonly fields: Readonly<Record<string, string>>;
  /** In a few words, for when it is over. */
  readonly what: string;
}

export function findingsIn(
  host: string,
  { missing, drifted, unclear }: Comparison,
): readonly Finding[] {
  return [
    ...missing.map(ofMissing),
    ...drifted.flatMap(ofDrifted),
    ...unclear.map((each) => ofUnclear(host, each)),
  ];
}

function ofMissing({ volume, location, isTaken, foundAs }: MissingDataset): Finding {
  const { host, dataset } = location;
  const found = isTaken
    ? `dataset ${dataset} on ${host} is not provably this volume's`
    : `there is no dataset ${dataset} on ${host}`;
  const elsewhere =
    foundAs === undefined
      ? 'look on the host and at backups; the volume stays as it is'
      : `one that says it is this volume's is ${foundAs}: rename it back, or restore it from the trash`;
  return {
    ...{ volume, key: 'missing', title: 'volume without dataset' },
    event: {
      reason: 'DatasetMissing',
      message: `The volume's data cannot be used: ${found}. To do: ${elsewhere}`,
    },
    fields: { host, dataset, reason: found, ...(foundAs !== undefined && { foundAs }) },
    what: `dataset ${dataset} on ${host} is there`,
  };
}

function ofDrifted({ volume, location: { host, dataset }, drifts }: DriftedVolume): Finding[] {
  return drifts.map(({ kind, expected, actual, remedy }) => ({
    volume,
    key: `${kind} ${expected.split('=', 1).join('')}`,
    title: 'dataset is not as promised',
    event: {
      reason: 'VolumeDrift',
      message: `Dataset ${dataset} on ${host} has ${actual}, promised is ${expected}. To do: ${remedy}`,
    },
    fields: { host, dataset, kind, expected, actual },
    what: `dataset ${dataset} on ${host} has ${expected}`,
  }));
}

/** Nothing can be said of its dataset; who deletes or grows the volume is told by an event. */
function ofUnclear(host: string, { volume, reason }: UnclearVolume): Finding {
  const title = 'volume not compared with its dataset';
  return { volume, key: 'unclear', event: undefined, title, fields: { host, reason }, what: '' };
}
