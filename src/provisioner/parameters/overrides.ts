import { z } from 'zod';

import { claimAnnotations } from '../../volume/annotations.ts';
import { nativeProperty, settableProperties } from '../../volume/native-properties.ts';
import { suggestion } from '../../volume/nearest.ts';
import { shown } from '../../volume/shown.ts';
import { deletionParameters, deletionProblems } from './deletion.ts';
import { ownershipParameters } from './ownership.ts';
import { spaceParameters } from './space.ts';

/** Parameters of a class that are ZFS properties: `properties.<name>`. */
export const propertyPrefix = 'properties.';
const annotationPrefix = 'zfs-provisioner.io/';

/** The parameters that hold for one claim: those of its class, and what the claim may say instead. */
export interface GivenParameters {
  readonly parameters: Readonly<Record<string, string>>;
  /** Where a parameter's value stands, in the words of messages. */
  readonly sourceOf: (key: string) => string;
  /** Whether it is the claim's own word, which is taken literally. */
  readonly isFromClaim: (key: string) => boolean;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Where a volume is, who reaches it and what it is called is never the claim's to say; nor where a key is
 * found on the storage host.
 */
export const overridableParameters: readonly string[] = [
  ...Object.keys(spaceParameters),
  ...Object.keys(ownershipParameters),
  ...Object.keys(deletionParameters),
];
const keyProperties = ['encryption', 'keyformat', 'keylocation', 'pbkdf2iters'];
const overridableProperties = settableProperties.filter((name) => !keyProperties.includes(name));

/** What a claim may wish for in any class: `deletionProblems` says how much of it. */
const openParameter = 'onDelete';

/** Annotations on claims that are no wishes: those that the provisioner itself writes. */
const ownAnnotations: ReadonlySet<string> = new Set(Object.values(claimAnnotations));

/** The parameter that a name in `claimOverrides`, or after an annotation's slash, stands for. */
function parameterOf(name: string): string | undefined {
  if (overridableParameters.includes(name)) return name;
  const property = name.startsWith(propertyPrefix) ? name.slice(propertyPrefix.length) : name;
  return overridableProperties.includes(property) ? `${propertyPrefix}${property}` : undefined;
}

function problemWithName(name: string): string {
  const property = name.startsWith(propertyPrefix) ? name.slice(propertyPrefix.length) : name;
  if (property.includes(':')) {
    return 'no annotation can have a colon: use a template, properties.com.example:team: "{{claim.labels.team}}"';
  }
  if (keyProperties.includes(property)) return 'keys are chosen by the class';
  const known = nativeProperty(property);
  if (known?.use === 'never') return `it cannot be set: ${known.reason}`;
  const hint = suggestion(name, [...overridableParameters, ...overridableProperties]);
  return `claims may only have a say in ${overridableParameters.join(', ')} and ZFS properties${hint}`;
}

const claimOverrides = z
  .string()
  .min(1, 'must not be empty (leave it out if claims have no say)')
  .max(4096, 'is longer than 4096 characters')
  .transform((text, context) => {
    const names = text.split(',').map((name) => name.trim());
    for (const name of names.filter((each) => parameterOf(each) === undefined)) {
      context.addIssue({
        code: 'custom',
        message: `names ${shown(name)}: ${problemWithName(name)}`,
      });
    }
    return names;
  });

export const overrideParameters = {
  claimOverrides: claimOverrides.optional().meta({
    description:
      'Parameters that a claim may set for itself by an annotation `zfs-provisioner.io/<name>`, parted by commas. Properties go by their name alone.',
    example: 'compression,recordsize,mode,uid,gid',
  }),
};

/**
 * Lays what a claim's annotations say over the parameters of its class, where the class lets it. The values
 * are not checked yet: they are by whoever checks those of the class.
 */
export function applyOverrides(
  parameters: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
  className: string,
): GivenParameters {
  const listed = listedParameters(parameters['claimOverrides']);
  const wishes = Object.entries(annotations).filter(
    ([key]) => key.startsWith(annotationPrefix) && !ownAnnotations.has(key),
  );
  const sources = new Map<string, string>();
  const values = new Map<string, string>();
  const problems: string[] = [];
  const ignored: string[] = [];
  for (const [key, value] of wishes) {
    const parameter = parameterOf(key.slice(annotationPrefix.length));
    if (parameter === undefined || !(listed.has(parameter) || parameter === openParameter)) {
      ignored.push(key);
      continue;
    }
    const before = sources.get(parameter);
    if (before !== undefined) problems.push(`annotations ${before} and ${key} mean the same`);
    sources.set(parameter, key);
    values.set(parameter, value);
  }
  problems.push(
    ...deletionProblems(parameters, className, {
      onDelete: values.get('onDelete'),
      trashRetention: values.get('trashRetention'),
      annotationOf: (parameter) => sources.get(parameter) ?? '',
      isListed: listed.has(openParameter),
    }),
  );
  return {
    parameters: { ...parameters, ...Object.fromEntries(values) },
    sourceOf: (key) => {
      const annotation = sources.get(key);
      return annotation === undefined ? `parameter ${nameOf(key)}` : `annotation ${annotation}`;
    },
    isFromClaim: (key) => sources.has(key),
    problems,
    warnings: ignored.length === 0 ? [] : [warningAbout(ignored, listed, className)],
  };
}

function listedParameters(text: string | undefined): ReadonlySet<string> {
  const names = (text ?? '').split(',').map((name) => parameterOf(name.trim()));
  return new Set(names.filter((name) => name !== undefined));
}

/** A class may have parameters of any name. */
function nameOf(key: string): string {
  return /^[\w.:-]{1,80}$/.test(key) ? key : shown(key);
}

const maxNamed = 10;

function warningAbout(
  ignored: readonly string[],
  listed: ReadonlySet<string>,
  className: string,
): string {
  const more = ignored.length > maxNamed ? ` and ${ignored.length - maxNamed} more` : '';
  const names = `${ignored.slice(0, maxNamed).join(', ')}${more}`;
  const may =
    listed.size === 0
      ? 'lets claims set nothing (parameter claimOverrides)'
      : `lets claims set only ${[...listed].join(', ')}`;
  return `annotation ${names} is ignored: StorageClass ${className} ${may}`;
}
