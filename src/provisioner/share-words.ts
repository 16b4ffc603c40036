/**
 * What a value of `sharenfs` that a person wrote would export, read as OpenZFS reads it
 * (lib/libshare/os/linux/nfs.c and os/freebsd/nfs.c). Only one question is asked: whether everyone may mount.
 */

/** Options of exports(5) on FreeBSD that OpenZFS puts a `-` before; any other word is a host. */
const freebsdOptions = new Set([
  ...['ro', 'maproot', 'mapall', 'mask', 'network', 'sec', 'alldirs'],
  ...['public', 'webnfs', 'index', 'quiet'],
]);

/** Options that only Linux has: a value with one of them is not for FreeBSD, where it would be a host. */
const linuxOnly = new Set([
  ...['rw', 'all_squash', 'anongid', 'anonuid', 'async', 'auth_nlm', 'crossmnt', 'fsid', 'fsuid'],
  ...['hide', 'insecure', 'insecure_locks', 'mountpoint', 'mp', 'no_acl', 'no_all_squash'],
  ...['no_auth_nlm', 'no_root_squash', 'no_subtree_check', 'no_wdelay', 'nohide', 'refer'],
  ...['replicas', 'root_squash', 'secure', 'secure_locks', 'subtree_check', 'sync', 'wdelay'],
  ...['anon', 'root_mapping', 'nosub'],
]);

/**
 * Why a value of `sharenfs` exports to everyone on a host where it is valid.
 * @returns undefined where it does not
 */
export function worldExport(sharenfs: string): string | undefined {
  if (sharenfs === 'on') return '"on" is read and write for everyone';
  return linuxWorld(sharenfs) ?? freebsdWorld(sharenfs);
}

function linuxWorld(sharenfs: string): string | undefined {
  for (const option of sharenfs.split(',')) {
    const [key = '', ...rest] = option.split('=');
    if (key !== 'rw' && key !== 'ro') continue;
    if (rest.length === 0) return `"${key}" without clients is for everyone`;
    const found = linuxClients(rest.join('=')).find(isEveryone);
    if (found === undefined) continue;
    return /^@?$/.test(found)
      ? `"${key}=" has an empty client, which is everyone (an address of IPv6 needs brackets: ${key}=[fd00::]/64)`
      : `client "${found}" of "${key}=" is everyone`;
  }
  return undefined;
}

/** Cut at colons; only an address that begins with a bracket keeps its own. */
function linuxClients(value: string): string[] {
  const clients: string[] = [];
  let rest: string | undefined = value;
  while (rest !== undefined) {
    const [, address, after]: readonly (string | undefined)[] =
      /^\[([^\]]*)\](.*)$/.exec(rest) ?? [];
    const text: string = after ?? rest;
    const colon = text.indexOf(':');
    clients.push((address ?? '') + (colon < 0 ? text : text.slice(0, colon)));
    rest = colon < 0 ? undefined : text.slice(colon + 1);
  }
  return clients;
}

/** Nothing, any name, or a network of every address, however that is written. */
function isEveryone(client: string): boolean {
  const name = client.replace(/^@/, '');
  return /^[*?.]*$/.test(name) || /\/0*$/.test(name) || /\/0+(\.0+)*$/.test(name);
}

/** Sets of options are parted by `;`, each is a line of exports(5): without a host or network it is for everyone. */
function freebsdWorld(sharenfs: string): string | undefined {
  const words = (set: string): string[] => set.split(/[\s,]+/).filter((word) => word !== '');
  const sets = sharenfs.split(';').map(words);
  if (sets.flat().some((word) => linuxOnly.has(nameOf(word)) || word.startsWith('ro='))) {
    return undefined;
  }
  for (const set of sets.filter(({ length }) => length > 0)) {
    const clients = set
      .filter((word) => !isFreebsdOption(word))
      .map((word) => word.replace(/^-?network=/, ''));
    if (clients.length === 0)
      return `"${set.join(' ')}" names no host and no network, which is everyone on FreeBSD`;
    const found = clients.find(isEveryone);
    if (found !== undefined) return `client "${found}" is everyone`;
    if (set.some((word) => /^-?mask=0*(\.0+)*$/.test(word))) return 'mask 0 is everyone';
  }
  return undefined;
}

function isFreebsdOption(word: string): boolean {
  const name = nameOf(word.replace(/^-/, ''));
  return freebsdOptions.has(name) && name !== 'network';
}

function nameOf(word: string): string {
  return word.split('=', 1).join('');
}
