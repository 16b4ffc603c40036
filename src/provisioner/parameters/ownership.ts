import { z } from 'zod';

import { shown } from '../../volume/shown.ts';

/** As chmod takes it; a mode that begins with "-" would be one of its options. */
const mode = z
  .string()
  .max(100, 'is longer than 100 characters')
  .regex(
    /^([0-7]{3,4}|(?!-)[ugoa]*[-+=][rwxXstugo]*(,[ugoa]*[-+=][rwxXstugo]*)*)$/,
    'must be a mode for chmod, such as 0770 or g+ws, and not begin with "-"',
  );

/** 2^32-1 means "unchanged" to chown. */
const maxId = 4_294_967_294;

const id = z
  .string()
  .refine(
    (text) => /^(0|[1-9]\d{0,9})$/.test(text) && Number(text) <= maxId,
    `must be a number from 0 to ${maxId} (a name means whatever the storage host makes of it: write its number)`,
  )
  .transform(Number);

const posixEntry =
  /^((d|default):)?((u|user|g|group):\d{0,10}|(o|other|m|mask):):([rwxX-]{1,3}|[0-7])$/;
const nfs4Entry =
  /^(owner@|group@|everyone@|(u|user|g|group):\d{1,10}):([rwxpDdaARWcCos-]{1,17}|full_set|modify_set|read_set|write_set):([fdinSFI-]{0,7}:)?(allow|deny)$/;

type AclKind = 'posix' | 'nfsv4';

/** Which of the two kinds a list of entries is; undefined for none at all. */
function aclKindOf(entries: readonly string[]): AclKind | undefined {
  const [first] = entries;
  if (first === undefined) return undefined;
  return posixEntry.test(first) ? 'posix' : 'nfsv4';
}

const acl = z
  .string()
  .min(1, 'must not be empty')
  .max(4096, 'is longer than 4096 characters')
  .transform((text, context) => {
    const entries = text.split(',').map((entry) => entry.trim());
    const wrong = entries.filter((entry) => !posixEntry.test(entry) && !nfs4Entry.test(entry));
    const isPosix = entries.some((entry) => posixEntry.test(entry));
    const message =
      wrong.length > 0
        ? `has ${wrong.map(shown).slice(0, 5).join(', ')}: entries are such as u:1000:rwx, d:g:1000:r-x, m::rwx (POSIX) or user:1000:rwx:fd:allow (NFSv4), with numbers instead of names`
        : 'mixes POSIX and NFSv4 entries';
    const isMixed = isPosix && !entries.every((entry) => posixEntry.test(entry));
    if (wrong.length === 0 && !isMixed) return entries;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

/** Who may write into a volume: of its root directory only, set before anybody gets it. */
export const ownershipParameters = {
  mode: mode.optional().meta({
    description: "Mode of the volume's root directory, as chmod takes it.",
    fallback: 'ZFS_MOD',
    example: '2770',
  }),
  uid: id.optional().meta({
    description: "Owner of the volume's root directory, by number.",
    fallback: '0',
    example: '1000',
  }),
  gid: id.optional().meta({
    description:
      "Group of the volume's root directory, by number. Pods that use the volume get it as a supplemental group (`pv.beta.kubernetes.io/gid`).",
    fallback: '0',
    example: '1000',
  }),
  acl: acl.optional().meta({
    description:
      "Entries added to the access control list of the volume's root directory, parted by commas: of POSIX (Linux; `acltype` becomes `posix`) or of NFSv4 (FreeBSD), by number.",
    example: 'u:1000:rwx,d:u:1000:rwx',
  }),
};

/**
 * The `acltype` that entries need: set where the class does not say, since on Linux it is `off`. NFSv4
 * entries are of FreeBSD, where it is `nfsv4` already.
 */
export function aclTypeFor(entries: readonly string[] = []): Readonly<Record<string, string>> {
  return aclKindOf(entries) === 'posix' ? { acltype: 'posix' } : {};
}

/** Entries that the dataset could not keep. @param acl the parameter's text */
export function aclConflicts(
  acl: string | undefined,
  acltype: string | undefined,
): readonly string[] {
  const entries = ownershipParameters.acl.safeParse(acl);
  const kind = aclKindOf(entries.data ?? []);
  if (kind === undefined || acltype === undefined || acltype === kind) return [];
  return [
    `parameter acl has entries of ${kind}, and properties.acltype is ${acltype}: nothing would come of them`,
  ];
}
