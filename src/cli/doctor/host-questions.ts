import { parseClassParameters } from '../../provisioner/class-parameters.ts';
import type { ClassParameters } from '../../provisioner/class-parameters.ts';
import { hostNamesOf } from '../../provisioner/inventory/places.ts';
import type { StorageClass } from '../../volume/objects.ts';
import type { ProbedTool } from '../../zfs/examination.ts';
import type { ParentPlace } from '../cli-world.ts';
import type { HostQuestion } from './examine-host.ts';
import type { Patient } from './patient.ts';

/** What is to be asked of each host that classes, the hosts file or the person name. Pure. */
export function questionsFor(
  patient: Patient,
  classes: readonly StorageClass[],
  more: readonly ParentPlace[],
): readonly HostQuestion[] {
  const places = new Map(
    [...patient.placesOf(classes)].map(([host, parents]) => [host, new Set(parents)]),
  );
  for (const { host, dataset } of more) {
    places.set(host, (places.get(host) ?? new Set()).add(dataset));
  }
  const needs = classes
    .filter(({ provisioner }) => provisioner === patient.instance)
    .flatMap(({ parameters = {} }) => parseClassParameters(parameters).parameters ?? []);
  return [...places].map(([host, parents]) => {
    const here = needs.filter((each) => hostNamesOf(each, patient.inventory).includes(host));
    return {
      host,
      parents: [...parents],
      tools: toolsFor(here),
      needsNfs: here.some(({ type }) => type === 'nfs' || type === 'auto'),
    };
  });
}

/** chmod is run for every new volume. */
function toolsFor(classes: readonly ClassParameters[]): readonly ProbedTool[] {
  const owns = classes.some(({ uid, gid }) => uid !== undefined || gid !== undefined);
  const lists = classes.some(({ acl = [] }) => acl.length > 0);
  return ['chmod', ...(owns ? (['chown'] as const) : []), ...(lists ? (['setfacl'] as const) : [])];
}
