import type { RemoteVerb } from '../../zfs/remote-scripts.ts';

/**
 * What the parameters of each script may be, in their order; gate.sh says what each kind is. Those after `*` come again and
 * again. `zfs`, `chmod`, `chown`, `setfacl` and `files` are what the settings say, to the letter.
 */
const owner = 'key text key text key text keys numbers';
const identity = `dataset parent ${owner}`;

export const gateParameters: Readonly<Record<RemoteVerb, string>> = {
  create:
    `nonce zfs ${identity} chmod chown setfacl files mode owner acl text text text key ` +
    'number number number number key * property',
  destroy: `nonce zfs volume place ${owner} number word word number path key key number`,
  doctor: 'nonce zfs chmod chown setfacl files words * within',
  grow: `nonce zfs ${identity} number words word number key`,
  repair: `nonce zfs ${identity} key * repair`,
  reshare: 'nonce zfs key text key text key key keys * dataset text text text',
  restore: `nonce zfs trashed place ${owner} dataset key key key key key key key`,
  scan: 'nonce zfs keys keys * within',
  trash:
    `nonce zfs ${identity} word number path ` +
    'key key key key key key key key leaf number number',
};
