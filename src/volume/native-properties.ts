/**
 * The native properties of OpenZFS 2.3 (zfsprops(7), module/zcommon/zfs_prop.c): which of them a StorageClass may set
 * on its volumes, and to what, so that a slip is found before a dataset exists.
 */
import { suggestion } from './nearest.ts';
import { shown } from './shown.ts';

export type NativeProperty =
  | {
      /** `administrator`: only where the setting ZFS_ALLOWED_PROPERTIES names it. */
      readonly use: 'allowed' | 'administrator';
      readonly values: Values;
    }
  | { readonly use: 'never'; readonly reason: string };

interface Values {
  /** For people. */
  readonly expected: string;
  /** For guesses at what was meant. */
  readonly words: readonly string[];
  /** The value as ZFS shows it afterwards; undefined for what it would not take. */
  readonly read: (text: string) => string | undefined;
}

const onOff = words('on off');
const caches = words('all none metadata');
const selinux = matching(
  'none or an SELinux context, such as system_u:object_r:container_file_t:s0',
  /^(none|[A-Za-z]\w{0,63}(:[A-Za-z]\w{0,63}){2}(:s[\w.:,-]{1,99})?)$/,
);
const zstdFast = '1 2 3 4 5 6 7 8 9 10 20 30 40 50 60 70 80 90 100 500 1000'.split(' ');

const allowed: Readonly<Record<string, Values>> = {
  aclinherit: words('discard noallow restricted passthrough passthrough-x', {
    secure: 'restricted',
  }),
  aclmode: words('discard groupmask passthrough restricted'),
  acltype: words('off posix nfsv4', { disabled: 'off', noacl: 'off', posixacl: 'posix' }),
  atime: onOff,
  casesensitivity: words('sensitive insensitive mixed'),
  checksum: words('on off fletcher2 fletcher4 sha256 noparity sha512 skein edonr blake3'),
  compression: {
    ...words(
      [
        'on off lz4 lzjb zle gzip',
        ...range(1, 9).map((level) => `gzip-${level}`),
        'zstd',
        ...range(1, 19).map((level) => `zstd-${level}`),
        'zstd-fast',
        ...zstdFast.map((level) => `zstd-fast-${level}`),
      ].join(' '),
      { 'gzip-6': 'gzip', 'zstd-fast-1': 'zstd-fast' },
    ),
    expected:
      'on, off, lz4, lzjb, zle, gzip, gzip-1 to 9, zstd, zstd-1 to 19, zstd-fast, zstd-fast-N',
  },
  copies: words('1 2 3'),
  dedup: words(
    'on off verify sha256 sha256,verify sha512 sha512,verify skein skein,verify edonr,verify blake3 blake3,verify',
  ),
  devices: onOff,
  direct: words('disabled standard always'),
  dnodesize: words('legacy auto 1k 2k 4k 8k 16k'),
  encryption: words(
    'on off aes-128-ccm aes-192-ccm aes-256-ccm aes-128-gcm aes-192-gcm aes-256-gcm',
    {
      on: 'aes-256-gcm',
    },
  ),
  exec: onOff,
  filesystem_limit: count('a whole number or none', 0n, true),
  keyformat: words('raw hex passphrase'),
  keylocation: matching(
    'file:/// and the absolute path of a key on the storage host (prompt and https:// cannot be answered or trusted there)',
    /^file:\/\/(?!.*\/\.{0,2}(\/|$))(\/[A-Za-z0-9_.@+:=,-]+)+$/,
  ),
  logbias: words('latency throughput'),
  longname: onOff,
  normalization: words('none formC formD formKC formKD'),
  pbkdf2iters: count('a whole number of at least 100000', 100_000n, false),
  prefetch: caches,
  primarycache: caches,
  recordsize: powerOfTwo('a power of two from 512 to 16M', 512n, 16n << 20n),
  redundant_metadata: words('all most some none'),
  relatime: onOff,
  secondarycache: caches,
  setuid: onOff,
  snapdir: words('hidden visible disabled'),
  snapshot_limit: count('a whole number or none', 0n, true),
  sync: words('standard always disabled'),
  utf8only: onOff,
  xattr: words('on off sa dir'),
};

/** What reaches beyond the volume itself, or makes mounting it fail on some hosts. */
const administrator: Readonly<Record<string, Values>> = {
  context: selinux,
  defcontext: selinux,
  fscontext: selinux,
  nbmand: onOff,
  overlay: onOff,
  rootcontext: selinux,
  special_small_blocks: powerOfTwo('0 or a power of two from 512 to 1M', 512n, 1n << 20n, ['0']),
};

const never: readonly (readonly [names: string, reason: string])[] = [
  ['mountpoint', 'a volume is mounted below its parent dataset'],
  ['canmount', 'a volume is of use only while it is mounted'],
  ['readonly', 'a volume is written to'],
  ['sharenfs', 'it follows from the parameters of sharing'],
  ['sharesmb', 'volumes are shared by NFS only'],
  ['quota refquota', 'it follows from the size of the claim and the parameter quota'],
  [
    'reservation refreservation',
    'it follows from the size of the claim and the parameter reserveSpace',
  ],
  ['zoned jailed', 'the storage host could not mount the volume any longer'],
  ['version', 'datasets are upgraded by zfs upgrade'],
  ['mlslabel vscan', 'OpenZFS makes nothing of it'],
  ['volsize volblocksize volmode volthreading snapdev', 'it is of block volumes'],
  [
    'available avail clones compressratio createtxg creation defer_destroy encryptionroot filesystem_count guid ivsetguid ' +
      'keyguid keystatus logicalreferenced lrefer logicalused lused mounted name objsetid origin receive_resume_token ' +
      'redact_snaps refcompressratio referenced refer snapshot_count snapshots_changed type used usedbychildren ' +
      'usedbydataset usedbyrefreservation usedbysnapshots userrefs written',
    'ZFS alone sets it',
  ],
];

const table: ReadonlyMap<string, NativeProperty> = new Map<string, NativeProperty>([
  ...Object.entries(allowed).map(([name, values]) => [name, { use: 'allowed', values }] as const),
  ...Object.entries(administrator).map(
    ([name, values]) => [name, { use: 'administrator', values }] as const,
  ),
  ...never.flatMap(([names, reason]) =>
    names.split(' ').map((name) => [name, { use: 'never', reason }] as const),
  ),
]);

/** Quotas of users, groups and projects have a name of their own for each. */
const perUser = /^(user|group|project)(obj)?(used|quota)@|^written[@#]/;

/** Undefined for a name that OpenZFS does not know. */
export function nativeProperty(name: string): NativeProperty | undefined {
  if (perUser.test(name)) {
    return { use: 'never', reason: 'users, groups and projects are limited on the host' };
  }
  return table.get(name);
}

/** Every native property, in the order of the alphabet within each use. */
export function nativeProperties(): ReadonlyMap<string, NativeProperty> {
  return table;
}

/** The names of those that may be set, if only by the administrator. */
export const settableProperties: readonly string[] = Object.keys({ ...allowed, ...administrator });

/** The names of those that the administrator has to allow. */
export const administratorsProperties: readonly string[] = Object.keys(administrator);

/** A value as ZFS shows it once it is set, or what is wrong with it. */
export function readNativeValue(
  { values }: { readonly values: Values },
  text: string,
): { readonly value: string } | { readonly problem: string } {
  const value = values.read(text);
  if (value !== undefined) return { value };
  return { problem: `${shown(text)} must be ${values.expected}${suggestion(text, values.words)}` };
}

/** @param aliases other spellings, and what ZFS shows for them */
function words(list: string, aliases: Readonly<Record<string, string>> = {}): Values {
  const known = list.split(' ');
  const read = (text: string): string | undefined => {
    if (Object.hasOwn(aliases, text)) return aliases[text];
    return known.includes(text) ? text : undefined;
  };
  return { expected: `one of ${known.join(', ')}`, words: known, read };
}

function matching(expected: string, pattern: RegExp): Values {
  const read = (text: string): string | undefined =>
    text.length <= 1024 && pattern.test(text) ? text : undefined;
  return { expected, words: [], read };
}

function powerOfTwo(
  expected: string,
  min: bigint,
  max: bigint,
  others: readonly string[] = [],
): Values {
  const read = (text: string): string | undefined => {
    if (others.includes(text)) return text;
    const bytes = bytesOf(text);
    const isPower = bytes > 0n && (bytes & (bytes - 1n)) === 0n;
    return isPower && bytes >= min && bytes <= max ? bytes.toString() : undefined;
  };
  return { expected, words: [], read };
}

/** Of `131072`, `128K`, `128k`, `128KiB`: to ZFS they are all the same. 0 where it is none. */
function bytesOf(text: string): bigint {
  const [, digits = '0', unit = ''] = /^(\d{1,8})([kKmM]?)(?:i?[bB])?$/.exec(text) ?? [];
  const shifts: Readonly<Record<string, bigint>> = { k: 10n, m: 20n };
  return BigInt(digits) << (shifts[unit.toLowerCase()] ?? 0n);
}

function count(expected: string, min: bigint, orNone: boolean): Values {
  const read = (text: string): string | undefined => {
    if (orNone && text === 'none') return text;
    return /^\d{1,15}$/.test(text) && BigInt(text) >= min ? BigInt(text).toString() : undefined;
  };
  return { expected, words: [], read };
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
