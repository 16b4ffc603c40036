/** What share.sh is told of datasets that are shared with others than before, and what it tells of each. */
import type { ProvisionerError } from '../errors.ts';
import { datasetProperties } from '../volume/annotations.ts';
import type { DatasetIdentity } from './dataset-identity.ts';
import type { ReshareOutcome, ShareOptions, SharedDataset } from './dataset.ts';
import { OutputUnreadableError, place } from './dataset-errors.ts';
import { requireName } from './dataset-name.ts';
import type { Frame } from './frames.ts';
import { identityKeys, requireShareOptions } from './properties.ts';
import { reportedError } from './script-outcome.ts';

const readProperties = ['type', 'sharenfs', datasetProperties.share, ...identityKeys];

/**
 * A value that is the same as the one before is sent once: there may be hundreds of addresses in it.
 * @throws InvalidPropertyError, DatasetNotOwnedError for what must not be sent
 */
export function askedOfReshare(
  { instance, clusterId }: Omit<DatasetIdentity, 'volumeName'>,
  datasets: readonly SharedDataset[],
): readonly string[] {
  const said = { linux: '', freebsd: '' };
  const once = (system: keyof ShareOptions, options: string): string => {
    if (said[system] === options) return '';
    said[system] = options;
    return options;
  };
  const rows = datasets.flatMap((each) => {
    requireName(each);
    const { linux, freebsd } = each.options;
    requireShareOptions(each, each.options);
    return [each.dataset, each.volumeName, once('linux', linux), once('freebsd', freebsd)];
  });
  return [
    ...[datasetProperties.instance, instance, datasetProperties.clusterId, clusterId],
    ...[datasetProperties.volumeName, datasetProperties.share],
    ...[readProperties.join(','), ...rows],
  ];
}

/** What became of each, in their order. */
export function reshared(
  datasets: readonly SharedDataset[],
  frames: readonly Frame[],
): readonly ReshareOutcome[] {
  const starts = frames.flatMap(({ kind }, index) => (kind === 'next' ? [index] : []));
  return datasets.map((each, index) => {
    const start = starts[index];
    const own = start === undefined ? [] : frames.slice(start + 1, starts[index + 1] ?? -1);
    return outcomeOf(each, own);
  });
}

const outcomes = ['shared', 'unchanged', 'off', 'absent'] as const;

function outcomeOf(dataset: SharedDataset, frames: readonly Frame[]): ReshareOutcome {
  const last = frames.findLast(({ kind }) => ['told', 'left', 'failed'].includes(kind));
  if (last === undefined) return untold(dataset);
  if (last.kind === 'told')
    return outcomes.find((each) => each === last.fields[0]) ?? untold(dataset);
  const renamed = frames.map((frame) =>
    frame.kind === 'left' ? { ...frame, kind: 'refused' } : frame,
  );
  return reportedError(dataset, renamed);
}

function untold(dataset: SharedDataset): ProvisionerError {
  return new OutputUnreadableError(
    dataset,
    `${place(dataset)}: the script did not tell whether it is shared`,
  );
}
