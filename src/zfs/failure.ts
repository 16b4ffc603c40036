/**
 * The one place that reads what zfs, sudo, chmod, chown and setfacl print when they fail.
 *
 * A failure gets a type only if a whole line equals a known sentence, with the very name that was asked
 * for. Anything else stays a CommandFailedError with the full text: a wrong guess here would, for one,
 * take an unplugged pool for a deleted volume. Each group names the releases that print its sentences:
 * `fuse` = zfs-fuse 0.7, `2.3` = OpenZFS 2.3.9 on Linux (both in test/recordings); `source` = read in
 * OpenZFS's lib/libzfs and cmd/zfs at 0.6.5, 0.7.13, 0.8.6, 2.0.7, 2.1.15, 2.2.9, 2.3.9 and 2.4.4.
 */
import type { ProvisionerError } from '../errors.ts';
import { parentOf, poolOf } from '../volume/dataset-name.ts';
import {
  CommandFailedError,
  DatasetBusyError,
  DatasetHasChildrenError,
  DatasetMissingError,
  HostPermissionError,
  InvalidPropertyError,
  OutOfSpaceError,
  ParentUnusableError,
  place,
  shorten,
} from './dataset-errors.ts';
import type { DatasetError, FailedCommand } from './dataset-errors.ts';
import type { DatasetLocation } from './dataset-identity.ts';

interface Meaning {
  /** Sentences; {dataset}, {parent}, {pool} stand for the names asked for, {any} for anything. */
  readonly sentences: readonly string[];
  readonly error: new (location: DatasetLocation, message: string) => DatasetError;
  readonly remedy: string;
}

const meanings: readonly Meaning[] = [
  {
    // The first: fuse, source. The second: fuse, source. The last: source (2.x sets both in one go).
    sentences: [
      "cannot create '{dataset}': out of space",
      "cannot set property for '{dataset}': size is greater than available space",
      "cannot set property for '{dataset}': out of space",
    ],
    error: OutOfSpaceError,
    remedy: 'free space in the pool, raise the quota of the parent, or ask for less',
  },
  {
    // fuse, source; `no such parent` only if the parent vanished in between.
    sentences: [
      "cannot create '{dataset}': no such pool '{pool}'",
      "cannot create '{dataset}': parent does not exist",
      "cannot create '{dataset}': no such parent '{parent}'",
      "cannot create '{dataset}': parent is not a filesystem",
      "cannot open '{parent}': dataset does not exist",
    ],
    error: ParentUnusableError,
    remedy: 'import the pool, or correct parentDataset in the StorageClass',
  },
  {
    // source, 0.8 and later: encryption.
    sentences: [
      "cannot create '{dataset}': encryption root's key is not loaded or provided",
      "cannot create '{dataset}': Parent key must be loaded.",
      "cannot mount '{any}': encryption key not loaded",
    ],
    error: ParentUnusableError,
    remedy: 'load the key of the parent (zfs load-key), or of the dataset if it has one of its own',
  },
  {
    // 2.3: `zfs allow` without root on Linux; rc 255 for a property that is not delegated. source.
    sentences: [
      "cannot create '{dataset}': permission denied",
      "cannot open '{dataset}': permission denied",
      "cannot destroy '{dataset}': permission denied",
      "cannot set property for '{dataset}': permission denied",
      "cannot rename '{dataset}': permission denied",
      "cannot create '{parent}/.trash': permission denied",
      "cannot mount '{any}': permission denied",
      "cannot mount '{any}': Insufficient privileges",
      "cannot mount '{any}': failed to create mountpoint: Permission denied", // before the general one below
      "cannot unmount '{any}': permission denied",
      "cannot share '{any}': permission denied",
      'filesystem successfully created, but it may only be mounted by root',
      'Permission denied the ZFS utilities must be run as root.',
    ],
    error: HostPermissionError,
    remedy:
      'give the user of the provisioner the right to run zfs with sudo (sudoers); `zfs allow` is enough only where users may mount',
  },
  {
    // The first: fuse. The second: 2.3 with a readonly parent. Of a pool that is read-only or suspended: 2.3.
    // The rest: source.
    sentences: [
      "cannot mount '{any}': failed to create mountpoint",
      "cannot mount '{any}': failed to create mountpoint: {any}",
      "cannot mount '{any}': directory is not empty",
      "cannot create '{dataset}': pool is read-only",
      "cannot create '{dataset}': dataset is read-only",
      "cannot create '{dataset}': pool I/O is currently suspended",
      "cannot open '{any}': pool I/O is currently suspended",
      "cannot destroy '{dataset}': pool is read-only",
    ],
    error: ParentUnusableError,
    remedy:
      'see to it that the pool is well (zpool status), the parent can be written to, and its children can be mounted',
  },
  {
    // sudo 1.8 and 1.9, doas, chmod of coreutils, busybox and BSD.
    sentences: [
      'sudo: a password is required',
      'sudo: a terminal is required to read the password; {any}',
      'sudo: no tty present and no askpass program specified',
      'sudo: sorry, you must have a tty to run sudo',
      'Sorry, user {any} is not allowed to execute {any}',
      '{any} is not in the sudoers file.{any}',
      '{any} is not in the sudoers file',
      'doas: Operation not permitted',
      'doas: Authorization required',
      'doas: Authentication required',
      "chmod: changing permissions of '{any}': Operation not permitted",
      'chmod: {any}: Operation not permitted',
      "chown: changing ownership of '{any}': Operation not permitted",
      'chown: {any}: Operation not permitted',
      'setfacl: {any}: Operation not permitted',
    ],
    error: HostPermissionError,
    remedy: 'allow exactly this command without a password in sudoers (NOPASSWD, no requiretty)',
  },
  {
    // Ours: src/cli/host-setup/gate.sh and guard.sh.
    sentences: ['zfs-provisioner gate: refused: {any}', 'zfs-provisioner as-root: refused: {any}'],
    error: HostPermissionError,
    remedy:
      'make the gate and the lists of this host anew (kubectl zfs host-setup), from the parents and settings that are in use',
  },
  {
    // The first four: fuse, source. `invalid options`: 2.3, rc 255. The rest: source.
    sentences: [
      "cannot create '{dataset}': bad numeric value '{any}'",
      "cannot create '{dataset}': invalid property '{any}'",
      "cannot set property for '{dataset}': invalid property '{any}'",
      "cannot set property for '{dataset}': size is less than current used or reserved space",
      "cannot create '{dataset}': 'sharenfs' cannot be set to invalid options",
      "cannot set property for '{dataset}': 'sharenfs' cannot be set to invalid options",
      "cannot create '{dataset}': invalid property value(s) specified",
      "cannot create '{dataset}': property value too long",
      "cannot set property for '{dataset}': property value too long",
    ],
    error: InvalidPropertyError,
    remedy: 'correct the StorageClass or the size asked for',
  },
  {
    // 2.3: keylocation names a file that is missing, or holds something else than keyformat says.
    sentences: [
      "cannot create '{dataset}': Failed to open key material file: {any}",
      "cannot create '{dataset}': Raw key too short (expected {any}).",
      "cannot create '{dataset}': Raw key too long (expected {any}).",
      "cannot create '{dataset}': Hex key too short (expected {any}).",
      "cannot create '{dataset}': Hex key too long (expected {any}).",
      "cannot create '{dataset}': encryption failure",
    ],
    error: ParentUnusableError,
    remedy:
      'give the host the key that keylocation of the class names, in the form that its keyformat says',
  },
  {
    // setfacl of Linux, then of FreeBSD: the kind of the entries is not that of the dataset (acltype).
    sentences: [
      'setfacl: {any}: Operation not supported',
      'setfacl: {any}: Invalid argument',
      'setfacl: {any}: branding mismatch; existing ACL is {any}, entry to be merged is {any}',
    ],
    error: InvalidPropertyError,
    remedy:
      'give the class properties.acltype: posix (Linux), or entries of the kind that its datasets take',
  },
  {
    // `dataset is busy` and the pair `target is busy`, `umount failed`: fuse. `pool or dataset`: 2.3.
    sentences: [
      "cannot destroy '{dataset}': dataset is busy",
      "cannot destroy '{dataset}': pool or dataset is busy",
      "cannot unmount '{any}': pool or dataset is busy",
      "cannot unmount '{any}': Device busy",
      'umount: {any}: target is busy.',
    ],
    error: DatasetBusyError,
    remedy:
      'end what still uses it on the host or on a node (a mount, an open file, a send or receive)',
  },
  {
    // fuse, 2.3, source. Reached only if one appeared after they were looked for.
    sentences: [
      "cannot destroy '{dataset}': filesystem has children",
      "cannot destroy '{dataset}': filesystem has dependent clones",
    ],
    error: DatasetHasChildrenError,
    remedy: 'destroy them by hand if they are not needed',
  },
  {
    // fuse, source.
    sentences: ["cannot open '{dataset}': dataset does not exist"],
    error: DatasetMissingError,
    remedy: 'find out who removed it',
  },
];

/** Printed by sudo, with exit code 1, where a shell would exit with 127. */
const commandNotFound = /^(?:sudo|doas): \S+: command not found$/m;

/** The typed error of a command that failed; never taken for success or absence. */
export function classifyFailure(failed: FailedCommand): ProvisionerError {
  if (failed.exitCode === 126 || failed.exitCode === 127 || commandNotFound.test(failed.stderr)) {
    return new CommandFailedError(
      failed,
      ' The command cannot be run there: check ZFS_BIN, ZFS_CHOWN_BIN, ZFS_OWNER_BIN and ZFS_ACL_BIN, what is installed, the PATH of the user and sudoers',
    );
  }
  // zfs fails with 1, with 255 where libzfs returns -1; 2 is a usage error, more a signal: no proof of anything.
  if (failed.exitCode !== 1 && failed.exitCode !== 255) return new CommandFailedError(failed);
  const lines = failed.stderr.split('\n').map((line) => line.trim());
  const meaning = meanings.find(({ sentences }) =>
    sentences.some((sentence) => lines.some((line) => matches(line, sentence, failed))),
  );
  if (meaning === undefined) return new CommandFailedError(failed);
  const message =
    `${failed.step} failed for ${place(failed)}: ${shorten(failed.stderr)}.${failed.aftermath} ` +
    `To do: ${meaning.remedy}`;
  return new meaning.error(failed, message);
}

function matches(line: string, sentence: string, { dataset }: DatasetLocation): boolean {
  const names: Record<string, string> = {
    dataset: escape(dataset),
    parent: escape(parentOf(dataset)),
    pool: escape(poolOf(dataset)),
    any: '.+',
  };
  const pattern = sentence
    .split(/\{(\w+)\}/)
    .map((part, index) => (index % 2 === 0 ? escape(part) : names[part]))
    .join('');
  return new RegExp(`^${pattern}$`).test(line);
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
