import { hasControlCharacters } from '../volume/control-characters.ts';
import { isWithin, problemWithDatasetName } from '../volume/dataset-name.ts';
import type { StorageClass } from '../volume/objects.ts';
import { shown } from '../volume/shown.ts';
import type { ClassParameters } from './class-parameters.ts';

/** A reclaim policy that nobody can carry out. */
export function policyProblems({ reclaimPolicy = 'Delete' }: StorageClass): readonly string[] {
  if (reclaimPolicy === 'Delete' || reclaimPolicy === 'Retain') return [];
  return [`reclaim policy ${reclaimPolicy} is not supported: use Delete or Retain`];
}

const maxMountOptions = 4096;

/** @param parameters undefined when they are wrong themselves */
export function mountOptionProblems(
  { mountOptions = [] }: StorageClass,
  parameters: ClassParameters | undefined,
): readonly string[] {
  const problems: string[] = [];
  const type = parameters?.type;
  if ((type === 'hostpath' || type === 'local') && mountOptions.length > 0) {
    problems.push(`mountOptions cannot be applied to ${type} volumes: remove them from the class`);
  }
  const wrong = mountOptions.filter((option) => option === '' || hasControlCharacters(option));
  problems.push(...wrong.map((option) => `mount option ${shown(option)} is none`));
  if (mountOptions.join(',').length > maxMountOptions) {
    problems.push(`mountOptions are longer than ${maxMountOptions} characters`);
  }
  return problems;
}

/** @param leaf last component of a dataset below; empty when it is wrong itself */
export function parentProblems(
  parentDataset: string,
  allowedParents: readonly string[],
  leaf: string,
): readonly string[] {
  const problems: string[] = [];
  if (
    allowedParents.length > 0 &&
    !allowedParents.some((parent) => isWithin(parentDataset, parent))
  ) {
    problems.push(
      `parameter parentDataset "${parentDataset}" is outside the allowed parents (${allowedParents.join(', ')}; setting ZFS_ALLOWED_PARENTS)`,
    );
  }
  const nameProblem = leaf === '' ? undefined : problemWithDatasetName(`${parentDataset}/${leaf}`);
  if (nameProblem !== undefined) {
    problems.push(`the name of a dataset below ${parentDataset} ${nameProblem}`);
  }
  return problems;
}
