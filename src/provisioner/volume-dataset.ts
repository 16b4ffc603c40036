import { InvalidRequestError } from '../errors.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import { isWithin, leafOf, parentOf, problemWithDatasetName } from '../volume/dataset-name.ts';
import type { Volume } from '../volume/objects.ts';
import { parsePathPrefix, withoutPrefix } from '../volume/path-prefix.ts';

/** The dataset that a volume says is its own, after all that can be checked without asking the host. */
export interface VolumeDataset {
  readonly host: string;
  readonly dataset: string;
  readonly volumeName: string;
  /** Where the volume's source says that it is mounted, in the words of its host. */
  readonly mountpoint: string;
}

/**
 * Reads where a volume's dataset is. Annotations can be edited by anyone who may write volumes, so they
 * have to agree with the volume's source, which the API never lets change: both end in the dataset's name,
 * which is the volume's unless its class said otherwise. Whose the dataset is, it tells itself, on its host.
 * @param consequence what did not happen because of a disagreement, such as `nothing was destroyed`
 * @throws InvalidRequestError with every disagreement; then nothing may be done to the dataset
 */
export function datasetOf(
  volume: Volume,
  allowedParents: readonly string[],
  consequence: string,
): VolumeDataset {
  const { name, annotations = {} } = volume.metadata;
  const dataset = annotations[volumeAnnotations.datasetPath] ?? '';
  const host = annotations[volumeAnnotations.host] ?? '';
  const problems = [
    ...datasetProblems(volume, dataset, allowedParents),
    ...(host === '' ? [`annotation ${volumeAnnotations.host} is missing`] : []),
    ...sourceProblems(volume, host),
  ];
  const mountpoint = mountpointOf(volume);
  if (mountpoint === undefined) problems.push(prefixProblem(volume));
  if (problems.length > 0 || mountpoint === undefined) {
    throw new InvalidRequestError([...problems, consequence]);
  }
  return { host, dataset, volumeName: name, mountpoint };
}

/** Which annotation says how the source's path differs from the mountpoint. */
function prefixKeyOf({ spec }: Volume): string | undefined {
  if (spec.hostPath !== undefined) return volumeAnnotations.hostPathPrefix;
  return spec.nfs === undefined ? undefined : volumeAnnotations.nfsPathPrefix;
}

/** The source's path in the words of the host; undefined where the recorded prefix does not fit. */
function mountpointOf(volume: Volume): string | undefined {
  const path = sourcePathOf(volume);
  const recorded = volume.metadata.annotations?.[prefixKeyOf(volume) ?? ''];
  if (recorded === undefined) return path;
  const prefix = parsePathPrefix(recorded);
  return prefix === undefined ? undefined : withoutPrefix(prefix, path);
}

function prefixProblem(volume: Volume): string {
  const key = prefixKeyOf(volume) ?? '';
  const recorded = JSON.stringify(volume.metadata.annotations?.[key]);
  return `annotation ${key} ${recorded} does not fit the volume's source path ${JSON.stringify(sourcePathOf(volume))}`;
}

function datasetProblems(
  volume: Volume,
  dataset: string,
  allowedParents: readonly string[],
): readonly string[] {
  const key = volumeAnnotations.datasetPath;
  if (dataset === '') return [`annotation ${key} is missing`];
  const problem = problemWithDatasetName(dataset);
  if (problem !== undefined) return [`annotation ${key} ${JSON.stringify(dataset)} ${problem}`];
  const { name } = volume.metadata;
  const leaf = leafOf(dataset);
  const isItsOwn = leaf === name || leaf === leafOf(sourcePathOf(volume));
  if (!isItsOwn || parentOf(dataset) === '') {
    return [`annotation ${key} names ${dataset}, which is not the dataset of volume ${name}`];
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
  const leaf = leafOf(metadata.annotations?.[volumeAnnotations.datasetPath] ?? '');
  const problems: string[] = [];
  if (leaf === metadata.name && leafOf(path) !== leaf) {
    problems.push(`the volume's source path ${JSON.stringify(path)} does not end in ${leaf}`);
  }
  const recorded = metadata.annotations?.[volumeAnnotations.nfsServer];
  if (spec.nfs !== undefined && spec.nfs.server !== (recorded ?? host)) {
    const other =
      recorded === undefined
        ? `its host ${JSON.stringify(host)}`
        : `${JSON.stringify(recorded)} of annotation ${volumeAnnotations.nfsServer}`;
    problems.push(`the volume's NFS server ${spec.nfs.server} is not ${other}`);
  }
  return problems;
}
