import { hasControlCharacters } from '../../volume/control-characters.ts';
import type { NativeProperty } from '../../volume/native-properties.ts';
import {
  nativeProperty,
  readNativeValue,
  settableProperties,
} from '../../volume/native-properties.ts';
import { suggestion } from '../../volume/nearest.ts';
import { shown } from '../../volume/shown.ts';
import type { Rendered, TemplateValues } from '../../volume/template.ts';
import { parseTemplate, renderTemplate } from '../../volume/template.ts';
import type { GivenParameters } from './overrides.ts';
import { propertyPrefix } from './overrides.ts';

export interface PropertyRules {
  readonly values: TemplateValues;
  /** Of the setting ZFS_ALLOWED_PROPERTIES. */
  readonly allowedProperties: readonly string[];
}

export interface PlannedProperties {
  /** Values as ZFS shows them. */
  readonly native: Readonly<Record<string, string>>;
  readonly user: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
}

type Read = { readonly value: string } | { readonly problem: string };

/** User properties: a colon, and ZFS's characters and lengths (zfsprops(7)). */
const userPropertyKey = /^(?=.{1,255}$)[a-z0-9][a-z0-9:_.-]*:[a-z0-9:_.-]*$/;
const maxValueBytes = 8191;

/** They say whose a dataset is. */
const ownNamespaces = ['zfs-provisioner.io:', 'io.kubernetes.pv.zfs:'];

/** The parameters `properties.<name>`: each checked before anything is made. */
export function planProperties(given: GivenParameters, rules: PropertyRules): PlannedProperties {
  const native: Record<string, string> = {};
  const user: Record<string, string> = {};
  const problems: string[] = [];
  for (const [key, text] of Object.entries(given.parameters)) {
    if (!key.startsWith(propertyPrefix)) continue;
    const name = key.slice(propertyPrefix.length);
    const rendered = given.isFromClaim(key) ? { text } : render(name, text, rules.values);
    if ('problems' in rendered) {
      problems.push(...rendered.problems.map((problem) => `${given.sourceOf(key)} ${problem}`));
      continue;
    }
    const isUser = name.includes(':');
    const read = isUser
      ? readUserProperty(name, rendered.text)
      : readNativeProperty(name, rendered.text, rules);
    if ('problem' in read) problems.push(`${given.sourceOf(key)} ${read.problem}`);
    else (isUser ? user : native)[name] = read.value;
  }
  return { native, user, problems: [...problems, ...encryptionProblems(given, native)] };
}

function render(name: string, text: string, values: TemplateValues): Rendered {
  return renderTemplate(parseTemplate(text), values, (value) => {
    if (name !== 'keylocation') return problemWithText(value);
    // One component of a path on the host, and no way out of its directory.
    return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,252}$/.test(value) ? undefined : 'is no name of a file';
  });
}

function readNativeProperty(name: string, text: string, rules: PropertyRules): Read {
  const property = nativeProperty(name);
  if (property === undefined) {
    const hint = suggestion(name, settableProperties);
    return { problem: `is no property of OpenZFS 2.3${hint}; one of your own has a colon` };
  }
  const refusal = refusalOf(name, property, rules);
  if (refusal !== undefined) return { problem: refusal };
  return property.use === 'never' ? { problem: property.reason } : readNativeValue(property, text);
}

function refusalOf(
  name: string,
  property: NativeProperty,
  { allowedProperties }: PropertyRules,
): string | undefined {
  if (property.use === 'never') return `cannot be set: ${property.reason}`;
  if (property.use === 'allowed' || allowedProperties.includes(name)) return undefined;
  return 'has to be allowed by the administrator: setting ZFS_ALLOWED_PROPERTIES';
}

function readUserProperty(name: string, value: string): Read {
  if (!userPropertyKey.test(name)) {
    return {
      problem:
        'is no name of a property of your own: lower case letters, digits and ":_.-", at most 255, with a colon',
    };
  }
  if (ownNamespaces.some((namespace) => name.startsWith(namespace))) {
    return { problem: 'is one of those by which datasets are known: choose another' };
  }
  const problem = value === '' ? 'is empty' : problemWithText(value);
  return problem === undefined ? { value } : { problem: `${shown(value)} ${problem}` };
}

function problemWithText(value: string): string | undefined {
  if (hasControlCharacters(value)) return 'has control characters';
  if (!value.isWellFormed()) return 'is no valid Unicode';
  return Buffer.byteLength(value) > maxValueBytes
    ? `is longer than ${maxValueBytes} bytes`
    : undefined;
}

/** A key is found at the creation of a dataset or never. */
function encryptionProblems(
  { parameters }: GivenParameters,
  native: Readonly<Record<string, string>>,
): readonly string[] {
  const has = (name: string): boolean => parameters[`${propertyPrefix}${name}`] !== undefined;
  const problem = (name: string, what: string): string =>
    `parameter ${propertyPrefix}${name} ${what}`;
  const isOff = native['encryption'] === 'off' || !has('encryption');
  const problems: string[] = [];
  for (const name of ['keyformat', 'keylocation', 'pbkdf2iters']) {
    if (isOff && has(name)) {
      problems.push(problem(name, 'is of no use without properties.encryption'));
    }
  }
  if (!isOff) {
    for (const name of ['keyformat', 'keylocation'].filter((each) => !has(each))) {
      const inherit = 'below an encrypted parent leave out encryption as well, and its key is used';
      problems.push(problem(name, `is required with properties.encryption (${inherit})`));
    }
  }
  const format = native['keyformat'];
  if (has('pbkdf2iters') && format !== undefined && format !== 'passphrase') {
    problems.push(problem('pbkdf2iters', 'is of use with properties.keyformat passphrase only'));
  }
  return problems;
}
