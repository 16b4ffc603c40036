import { z } from 'zod';

import { hasControlCharacters } from '../../volume/control-characters.ts';
import { parseShareClients } from '../share-clients.ts';
import { hostname, oneOf, pathPrefix, textRead } from './kinds.ts';

/**
 * OpenZFS before 2.2.10, 2.3.8 and 2.4.3 writes control characters into the exports file as they are,
 * where a line break starts another export.
 */
const shareProperties = z
  .string()
  .min(1, 'must not be empty (leave it out for "on")')
  .max(4096, 'is longer than 4096 characters')
  .refine((text) => !hasControlCharacters(text), 'must not contain control characters')
  .refine(
    (text) => text !== 'off',
    'must not be "off": a volume that is not shared cannot be mounted',
  );

const shareClients = z.string().transform((text, context) => {
  const { clients, problems } = parseShareClients(text);
  for (const message of problems) context.addIssue({ code: 'custom', message: `: ${message}` });
  return clients;
});

/** 4294967295 is (uid_t) -1, which means nobody at all. */
const userId = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,9})$/, 'must be a number: names differ between hosts')
  .transform(Number)
  .refine((id) => id < 4_294_967_295, 'must be below 4294967295');

const flavors = ['sys', 'krb5', 'krb5i', 'krb5p'];

const security = textRead(
  (text): readonly string[] | undefined => {
    const words = text.split(':');
    const isList =
      words.every((word) => flavors.includes(word)) && new Set(words).size === words.length;
    return isList ? words : undefined;
  },
  `must be one or several of ${flavors.join(', ')}, parted by colons`,
);

/** Who may mount a volume over NFS, and how. */
export const sharingParameters = {
  shareClients: shareClients.optional().meta({
    description:
      'Who may mount volumes: networks and addresses of IPv4 and IPv6, host names, `@nodes` (the InternalIP addresses of the cluster, as nodes come and go), or `everyone`. Required for nfs and auto unless `shareProperties` say it or `share` is `inherit`.',
    example: '@nodes,10.0.0.0/8,fd00::/64',
  }),
  shareMode: oneOf(['rw', 'ro']).default('rw').meta({
    description: 'Whether clients may write.',
    fallback: 'rw',
    example: 'ro',
  }),
  squash: oneOf(['root', 'none', 'all']).default('none').meta({
    description:
      'Whose rights clients lose: `root` (root becomes the anonymous user), `all` (everybody does) or `none`: a new volume belongs to root, so with `root` most pods cannot write into it.',
    fallback: 'none',
    example: 'all',
  }),
  anonuid: userId.optional().meta({
    description: 'Number of the anonymous user, for `squash` root and all.',
    fallback: '65534',
    example: '1000',
  }),
  anongid: userId.optional().meta({
    description: 'Number of its group.',
    fallback: '65534 (65533 on FreeBSD)',
    example: '1000',
  }),
  security: security.default(['sys']).meta({
    description:
      'Flavours of security that are accepted, parted by colons: `sys`, `krb5`, `krb5i`, `krb5p`.',
    fallback: 'sys',
    example: 'krb5i:krb5p',
  }),
  fsid: oneOf(['auto', 'none']).default('none').meta({
    description:
      "`auto`: the file system's number for NFS clients is made of the volume's uid, so that their handles can survive a move to a replica (Linux only; elsewhere it does nothing).",
    fallback: 'none',
    example: 'auto',
  }),
  share: oneOf(['explicit', 'inherit']).default('explicit').meta({
    description:
      '`inherit`: a volume is shared as its parent dataset is, and `sharenfs` is not set on it: cheaper where there are very many.',
    fallback: 'explicit',
    example: 'inherit',
  }),
  shareProperties: shareProperties.optional().meta({
    description:
      "Value of `sharenfs` in the host's own words, instead of all of the above. One that exports to everyone, such as the classic default `on`, needs `shareClients: everyone` beside it or the setting `ZFS_EXPORT_TO_EVERYONE`.",
    fallback: '`on`, refused without that consent',
    example: 'rw=@10.0.0.0/8,no_root_squash',
    classic: '0.1',
  }),
  nfsServer: hostname.optional().meta({
    description:
      'Where pods mount NFS volumes from, if it is not the address that SSH goes to: a virtual address, a storage network, a tunnel on the nodes (`127.0.0.1`, with `port=` in mountOptions).',
    fallback: 'the storage host',
    example: 'nfs.storage.example.com',
  }),
  nfsPathPrefix: pathPrefix('/tank=/export').optional().meta({
    description:
      'What the path on the storage host begins with, and what it begins with for NFS clients, where the server has a root of its own for NFSv4 (`fsid=0`).',
    fallback: 'the same path',
    example: '/tank=/',
  }),
};

const structured = ['shareMode', 'squash', 'anonuid', 'anongid', 'security', 'fsid'];
const ours = ['shareClients', ...structured, 'share', 'nfsServer', 'nfsPathPrefix'];

type Raw = Readonly<Record<string, string>>;

/** Parameters of sharing that cannot be together, or of which one is needed, whatever their values are. */
export function sharingConflicts(raw: Raw): readonly string[] {
  const given = ours.filter((name) => raw[name] !== undefined);
  if (/^(hostpath|local)$/i.test(raw['type'] ?? '')) {
    return given.map((name) => `parameter ${name} is for types nfs and auto only`);
  }
  const terms = given.filter((name) => structured.includes(name));
  if (raw['share'] === 'inherit') return inheritConflicts(raw, terms);
  return [...doubleConflicts(raw, terms), ...anonymousConflicts(raw, given)];
}

function inheritConflicts(raw: Raw, terms: readonly string[]): readonly string[] {
  return ['shareClients', ...terms, 'shareProperties']
    .filter((name) => raw[name] !== undefined)
    .map((name) => `parameter ${name} says what share: inherit leaves to the parent: remove one`);
}

/** The host's own words, or ours. */
function doubleConflicts(raw: Raw, terms: readonly string[]): readonly string[] {
  const { shareClients: clients, shareProperties } = raw;
  if (shareProperties === undefined) {
    if (terms.length === 0 || clients !== undefined) return [];
    return [`parameter shareClients is required with ${terms.join(', ')}`];
  }
  const twice = terms.map((name) => `parameters ${name} and shareProperties exclude each other`);
  if (clients === undefined || clients === 'everyone') return twice;
  return [...twice, 'parameter shareClients beside shareProperties can only be "everyone"'];
}

function anonymousConflicts(raw: Raw, given: readonly string[]): readonly string[] {
  if (raw['squash'] === 'root' || raw['squash'] === 'all') return [];
  return given
    .filter((name) => name === 'anonuid' || name === 'anongid')
    .map((name) => `parameter ${name} needs squash "root" or "all"`);
}
