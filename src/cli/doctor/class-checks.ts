/** What is judged of the StorageClasses of the provisioner: by the same code that judges claims. Pure. */
import {
  mountOptionProblems,
  parentProblems,
  policyProblems,
} from '../../provisioner/class-check.ts';
import { parameterNames, parseClassParameters } from '../../provisioner/class-parameters.ts';
import type { ClassParameters } from '../../provisioner/class-parameters.ts';
import { placesOf } from '../../provisioner/inventory/places.ts';
import { applyOverrides } from '../../provisioner/parameters/overrides.ts';
import { planDetails } from '../../provisioner/volume-details.ts';
import { worldProblems } from '../../provisioner/volume-sharing.ts';
import { suggestion } from '../../volume/nearest.ts';
import type { Claim, StorageClass } from '../../volume/objects.ts';
import { shown } from '../../volume/shown.ts';
import { findingsAt } from './finding.ts';
import type { Finding } from './finding.ts';
import type { Patient } from './patient.ts';

const { ok, warn, fail, skipped } = findingsAt('cluster');

type World = Pick<Patient, 'instance' | 'classRules' | 'inventory'>;

/** A finding for each class of the provisioner, or that there is none. */
export function judgeClasses(classes: readonly StorageClass[], world: World): readonly Finding[] {
  const { instance } = world;
  const ours = classes.filter(({ provisioner }) => provisioner === instance);
  if (ours.length > 0) return ours.map((storageClass) => judgeClass(storageClass, world));
  const others = [...new Set(classes.map(({ provisioner }) => provisioner))];
  const hint = suggestion(instance, others);
  return [
    warn('class', {
      seen: `no StorageClass names the provisioner ${instance}${hint}`,
      todo: 'make one (docs/parameters.md), or say --instance',
    }),
  ];
}

function judgeClass(storageClass: StorageClass, world: World): Finding {
  const subject = storageClass.metadata.name;
  const raw = storageClass.parameters ?? {};
  const { parameters, problems, unknown } = parseClassParameters(raw);
  const { warnings, problems: detailed } = detailsOf(storageClass, world);
  const found = [
    ...problems,
    ...detailed,
    ...policyProblems(storageClass),
    ...mountOptionProblems(storageClass, parameters),
    ...(parameters === undefined ? [] : placeProblems(subject, parameters, world)),
  ];
  if (found.length > 0) {
    return fail('class', {
      subject,
      seen: found.join('; '),
      todo: 'make the class anew (its parameters cannot be changed): docs/parameters.md. Claims of it are refused until then',
      code: 'REQUEST_INVALID',
    });
  }
  if (parameters === undefined) return skipped('class', 'nothing is known of it', subject);
  const doubts = [
    ...warnings,
    ...unknown.map(
      (name) =>
        `parameter ${shown(name)} is not known and ignored${suggestion(name, parameterNames)}`,
    ),
    ...doubtsAbout(subject, parameters, world),
  ];
  if (doubts.length > 0) {
    return warn('class', {
      subject,
      seen: doubts.join('; '),
      todo: 'if it is not meant, make the class anew: docs/parameters.md',
    });
  }
  return ok('class', describe(subject, parameters, world), subject);
}

/** Of a claim that says nothing; what a template takes from claims cannot be judged. */
function detailsOf(
  storageClass: StorageClass,
  { classRules }: World,
): { readonly problems: readonly string[]; readonly warnings: readonly string[] } {
  const plain = Object.entries(storageClass.parameters ?? {}).filter(
    ([, value]) => !value.includes('{{'),
  );
  const given = applyOverrides(Object.fromEntries(plain), {}, storageClass.metadata.name);
  const { problems } = planDetails(anyClaim, storageClass, given, classRules.allowedProperties);
  return { problems: [...given.problems, ...problems], warnings: given.warnings };
}

const anyClaim: Claim = {
  metadata: {
    namespace: 'default',
    name: 'any',
    uid: '00000000-0000-4000-8000-000000000000',
    resourceVersion: '0',
  },
  spec: {},
};

function placeProblems(
  className: string,
  parameters: ClassParameters,
  { classRules, inventory }: World,
): readonly string[] {
  const { places, skipped: leftOut } = placesOf({ className, ...parameters }, inventory);
  const parents = new Set(places.map(({ parentDataset }) => parentDataset));
  const nowhere =
    leftOut.length > 0
      ? leftOut.map(({ host, reason }) => `host ${host}: ${reason}`)
      : ['the hosts file has no host that its hostSelector selects'];
  return [
    ...(places.length === 0 ? nowhere : []),
    ...[...parents].flatMap((parent) => parentProblems(parent, classRules.allowedParents, '')),
    ...worldProblems(parameters, { ...classRules, nodeAddresses: () => [] }),
  ];
}

function doubtsAbout(
  className: string,
  parameters: ClassParameters,
  { classRules, inventory }: World,
): readonly string[] {
  const { places, skipped: leftOut } = placesOf({ className, ...parameters }, inventory);
  const strangers = places
    .map(({ host }) => host)
    .filter((host) => inventory.hosts.length > 0 && inventory.get(host) === undefined);
  const strict = { ...classRules, exportToEveryone: false, nodeAddresses: () => [] };
  const isForEveryone =
    parameters.shareClients?.some(({ kind }) => kind === 'everyone') === true ||
    worldProblems(parameters, strict).length > 0;
  return [
    ...leftOut.map(({ host, reason }) => `host ${host} is left out: ${reason}`),
    ...[...new Set(strangers)].map((host) => `host ${host} is not in the hosts file`),
    ...(isForEveryone && parameters.type !== 'hostpath' && parameters.type !== 'local'
      ? ['its volumes are exported to everyone who reaches the storage host']
      : []),
  ];
}

function describe(className: string, parameters: ClassParameters, { inventory }: World): string {
  const { places } = placesOf({ className, ...parameters }, inventory);
  const where = places.map(({ host, parentDataset }) => `${parentDataset} on ${host}`);
  return `valid: ${parameters.type} volumes in ${where.join(', ')}`;
}
