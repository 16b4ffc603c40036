/**
 * Every command that a script of zfs/scripts runs with the rights of root, in one table. What a host lets the
 * provisioner do is made from it, and nothing else: sudoers, the guard for doas, the list for `zfs allow`.
 */
import { administratorsProperties, settableProperties } from '../../volume/native-properties.ts';
import type { HostPlan, Tool } from './host-plan.ts';

/**
 * The arguments of a command: words parted by blanks, in parts an extended regular expression. `{parent}` is where volumes
 * are made, `{pool}` the pool of that, `{trash}` its trash; `{dataset}` is a volume's, one level below a parent,
 * `{trashed}` one level below a trash, `{volume}` either; `{seen}` is what may be read: all of these, and the pools. `{path}` is where a volume is mounted,
 * `{property}` a property with its value, `{inherited}` one without.
 */
interface Form {
  readonly tool: Tool;
  readonly words: string;
}

const zfs = (...forms: readonly string[]): readonly Form[] =>
  forms.map((words) => ({ tool: 'zfs', words }));

export const forms: readonly Form[] = [
  ...zfs(
    'create( -o {property})* {dataset}',
    'create -o canmount=off -o sharenfs=off( -o {userproperty})* {trash}',
    'get -Hp?( -d 1)?( -t (filesystem|snapshot))? -o [a-z,]+ {keys}( {seen})+',
    'get -Hp -r -t filesystem -o [a-z,]+ {keys}( {parent})+',
    'get -Hp -r -t filesystem -o [a-z,]+ {keys} {pool}',
    'list -H -o name {path}',
    'list -H -o name -d 1 -t filesystem,volume(,snapshot)? {volume}',
    'set( {property})+ {volume}',
    'inherit {inherited} {volume}',
    'rename {dataset} {trashed}',
    'rename {trashed} {dataset}',
    'mount {volume}',
    'unmount {volume}',
    'share {dataset}',
    'destroy {volume}(@%)?',
  ),
  { tool: 'chmod', words: '{mode} {path}' },
  { tool: 'chown', words: '([0-9]+|[0-9]*:[0-9]+) {path}' },
  { tool: 'setfacl', words: '-m [A-Za-z0-9@][A-Za-z0-9@_.:/+,-]* {path}' },
];

/** What parts the words of a command line: sudo joins them by blanks; our guard by tabs, and values may have blanks. */
export type Separator = ' ' | '\t';

const leaf = '[A-Za-z0-9][A-Za-z0-9_.:-]*';
const userProperty = '[a-z0-9][a-z0-9_.-]*:[a-z0-9:_.-]*';

/** Native properties that the scripts set of their own accord. */
const ownProperties = ['canmount', 'quota', 'readonly', 'refquota', 'refreservation', 'sharenfs'];

/**
 * A regular expression (POSIX, extended) that a whole command line after the program has to match.
 * Where words are parted by blanks, no value holds any: `-o a:b=x -o mountpoint=/etc` could be one value or two.
 */
export function expressionOf(form: Form, plan: HostPlan, separator: Separator): string {
  const parts = partsOf(plan, separator);
  return form.words
    .replaceAll(' ', separator)
    .replaceAll(/\{([a-z]+)\}/g, (_all, name: string) => parts.get(name) ?? '');
}

function partsOf(plan: HostPlan, separator: Separator): ReadonlyMap<string, string> {
  const parents = oneOf(plan.parents.map(({ dataset }) => dataset));
  const pools = oneOf(plan.parents.map(({ dataset }) => dataset.replace(/\/.*/, '')));
  const paths = oneOf(plan.parents.map(({ mountpoint }) => mountpoint));
  const names = [...nativePropertiesOf(plan), ...ownProperties].sort();
  const clause = '[ugoa]*[-+=][rwxXstugo]*';
  return new Map([
    ['dataset', `${parents}/${leaf}`],
    ['parent', parents],
    ['pool', pools],
    ['trash', String.raw`${parents}/\.trash`],
    ['trashed', String.raw`${parents}/\.trash/${leaf}`],
    ['volume', String.raw`${parents}/(\.trash/)?${leaf}`],
    ['inherited', `(mountpoint|readonly|sharenfs|${userProperty})`],
    ['userproperty', `${userProperty}=[^${separator}]*`],
    ['seen', String.raw`(${parents}(/(\.trash|${leaf}))*|${pools})`],
    ['path', `${paths}/${leaf}`],
    ['keys', '[a-z0-9][a-z0-9:_.,-]*'],
    ['property', `(${names.join('|')}|${userProperty})=[^${separator}]*`],
    // The first clause must not begin with "-": it would be an option.
    ['mode', `([0-7]{3,4}|([ugoa]+[-+=]|[+=])[rwxXstugo]*(,${clause})*)`],
  ]);
}

function nativePropertiesOf({ allowedProperties }: HostPlan): readonly string[] {
  return settableProperties.filter(
    (name) => !administratorsProperties.includes(name) || allowedProperties.includes(name),
  );
}

function oneOf(names: readonly string[]): string {
  const unique = [...new Set(names)].map((name) => name.replaceAll('.', String.raw`\.`));
  return unique.length === 1 ? unique.join('') : `(${unique.join('|')})`;
}

/** The permissions of `zfs allow` that stand for the table (zfs-allow(8)). */
export function permissionsOf(plan: HostPlan): readonly string[] {
  const verbs = ['create', 'destroy', 'mount', 'rename', 'share', 'userprop'];
  // Aliases and properties that can only be chosen at the creation need a permission as well.
  return [...new Set([...verbs, ...ownProperties, ...nativePropertiesOf(plan)])].sort();
}
