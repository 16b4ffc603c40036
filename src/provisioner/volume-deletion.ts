import { InvalidRequestError } from '../errors.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import { isWithin, leafOf, parentOf, problemWithDatasetName } from '../volume/dataset-name.ts';
import type { Volume } from '../volume/objects.ts';

/** The dataset that a volume says is its own, after all that can be checked without asking the host. */
export interface VolumeDeletion {
  readonly host: string;
  readonly dataset: string;
  readonly volumeName: string;
  readonly destroySnapshots: boolean;
  readonly parentGuid: string | undefined;
  readonly mountpoint: string;
}

/**
 * Reads where a volume's dataset is. Annotations can be edited by anyone who may write volumes, so they
 * have to agree with the volume's name and with its source, which the API never lets change. The
 * dataset's identity is checked on the host besides.
 * @throws InvalidRequestError with every disagreement; then nothing may be destroyed
 */
export function planDeletion(volume: Volume, allowedParents: readonly string[]): VolumeDeletion {
  const { name, annotations = {} } = volume.metadata;
  const dataset = annotations[volumeAnnotations.datasetPath] ?? '';
  const host = annotations[volumeAnnotations.host] ?? '';
  const problems = [
    ...datasetProblems(dataset, name, allowedParents),
    ...(host === '' ? [`annotation ${volumeAnnotations.host} is missing`] : []),
    ...sourceProblems(volume, host),
  ];
  if (problems.length > 0) {
    throw new InvalidRequestError([...problems, 'nothing was destroyed']);
  }
  return {
    host,
    dataset,
    volumeName: name,
    destroySnapshots: annotations[volumeAnnotations.destroySnapshots] === 'true',
    parentGuid: annotations[volumeAnnotations.parentGuid],
    mountpoint: sourcePathOf(volume),
  };
}

function datasetProblems(
  dataset: string,
  volumeName: string,
  allowedParents: readonly string[],
): readonly string[] {
  const key = volumeAnnotations.datasetPath;
  if (dataset === '') return [`annotation ${key} is missing`];
  const problem = problemWithDatasetName(dataset);
  if (problem !== undefined) return [`annotation ${key} ${JSON.stringify(dataset)} ${problem}`];
  if (leafOf(dataset) !== volumeName || parentOf(dataset) === '') {
    return [`annotation ${key} names ${dataset}, which is not the dataset of volume ${volumeName}`];
  }
  if (
    allowedParents.length === 0 ||
    allowedParents.some((parent) => isWithin(parentOf(dataset), parent))
  ) {
    return [];
  }
  return [`dataset ${dataset} is outside the allowed parents (setting ZFS_ALLOWED_PARENTS)`];
}

function sourcePathOf({ spec }: Volume): string {
  return spec.nfs?.path ?? spec.hostPath?.path ?? spec.local?.path ?? '';
}

function sourceProblems(volume: Volume, host: string): readonly string[] {
  const { metadata, spec } = volume;
  const path = sourcePathOf(volume);
  const problems: string[] = [];
  if (leafOf(path) !== metadata.name) {
    problems.push(
      `the volume's source path ${JSON.stringify(path)} does not end in ${metadata.name}`,
    );
  }
  if (spec.nfs !== undefined && spec.nfs.server !== host) {
    problems.push(
      `the volume's NFS server ${spec.nfs.server} is not its host ${JSON.stringify(host)}`,
    );
  }
  return problems;
}
