import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FailedCommand } from './dataset-errors.ts';
import {
  CommandFailedError,
  DatasetBusyError,
  DatasetHasChildrenError,
  DatasetMissingError,
  HostPermissionError,
  InvalidPropertyError,
  OutOfSpaceError,
  ParentUnusableError,
} from './dataset-errors.ts';
import { classifyFailure } from './failure.ts';

const dataset = 'tank/k/pvc-1';

function aFailure(stderr: string, changes: Partial<FailedCommand> = {}): FailedCommand {
  return {
    host: 'nas-1',
    dataset,
    step: 'zfs create',
    exitCode: 1,
    stderr,
    aftermath: '',
    ...changes,
  };
}

/** What each recording of a release means. */
const releases = {
  'zfs-fuse-0.7': {
    'create-bad-number': InvalidPropertyError,
    'create-exists': CommandFailedError,
    'create-invalid-property': InvalidPropertyError,
    'create-no-parent': ParentUnusableError,
    'create-no-pool': ParentUnusableError,
    'create-not-shared': CommandFailedError,
    'create-out-of-space': OutOfSpaceError,
    'create-readonly-parent': ParentUnusableError,
    'destroy-dataset-busy': DatasetBusyError,
    'destroy-has-children': DatasetHasChildrenError,
    'destroy-held-snapshot': CommandFailedError,
    'destroy-mount-busy': DatasetBusyError,
    'destroy-pool': CommandFailedError,
    'destroy-snapshot-with-clone': CommandFailedError,
    'get-missing': DatasetMissingError,
    'get-unknown-property': CommandFailedError,
    'mount-already-mounted': CommandFailedError,
    'set-refquota-too-small': InvalidPropertyError,
    'set-refreservation-no-space': OutOfSpaceError,
    'share-exportfs-missing': CommandFailedError,
    'unmount-mount-busy': DatasetBusyError,
  },
  'openzfs-2.3': {
    'allow-create-denied': HostPermissionError,
    'allow-create-mount': HostPermissionError,
    'allow-create-property-denied': HostPermissionError,
    'allow-create-share': HostPermissionError,
    'allow-destroy-denied': HostPermissionError,
    'allow-destroy-mounted': HostPermissionError,
    'allow-destroy-shared': CommandFailedError,
    'allow-mount': HostPermissionError,
    'allow-set-denied': HostPermissionError,
    'create-bad-number': InvalidPropertyError,
    'create-exists': CommandFailedError,
    'create-invalid-property': InvalidPropertyError,
    'create-key-not-loaded': ParentUnusableError,
    'create-mountpoint-not-empty': ParentUnusableError,
    'create-no-parent': ParentUnusableError,
    'create-no-pool': ParentUnusableError,
    'create-not-shared': CommandFailedError,
    'create-out-of-space': OutOfSpaceError,
    'create-parent-quota': OutOfSpaceError,
    'create-pool-suspended': ParentUnusableError,
    'create-readonly-parent': ParentUnusableError,
    'create-readonly-pool': ParentUnusableError,
    'create-share-invalid': InvalidPropertyError,
    'destroy-dataset-busy': DatasetBusyError,
    'destroy-has-children': DatasetHasChildrenError,
    'destroy-has-clones': DatasetHasChildrenError,
    'destroy-held-snapshot': CommandFailedError,
    'destroy-held-snapshots': CommandFailedError,
    'destroy-missing': DatasetMissingError,
    'destroy-mount-busy': DatasetBusyError,
    'destroy-pool-suspended': ParentUnusableError,
    'destroy-pool': CommandFailedError,
    'destroy-readonly-pool': ParentUnusableError,
    'destroy-shared-mount-busy': DatasetBusyError,
    'destroy-snapshot-with-clone': CommandFailedError,
    'destroy-snapshots-with-clone': CommandFailedError,
    'device-denied': HostPermissionError,
    'get-missing': DatasetMissingError,
    'get-pool-suspended': ParentUnusableError,
    'get-unknown-property': CommandFailedError,
    'mount-already-mounted': CommandFailedError,
    'mount-key-not-loaded': ParentUnusableError,
    'set-refquota-too-small': InvalidPropertyError,
    'set-refreservation-no-space': OutOfSpaceError,
    'set-share-invalid': InvalidPropertyError,
    'share-already-shared': CommandFailedError,
    'unmount-mount-busy': DatasetBusyError,
  },
};

const recordings = join(import.meta.dirname, '../../test/recordings');

function readRecording(release: string, name: string): FailedCommand {
  const text = readFileSync(join(recordings, release, `${name}.txt`), 'utf8');
  const [head = '', stderr = ''] = text.split(/\n\n(.*)/s);
  const field = (key: string): string => new RegExp(`^${key}: (.*)$`, 'm').exec(head)?.[1] ?? '';
  return aFailure(stderr.trim(), { dataset: field('dataset'), exitCode: Number(field('exit')) });
}

describe.each(Object.entries(releases))('what %s printed', (release, meanings) => {
  it.each(Object.entries(meanings))('%s', (name, error) => {
    expect(classifyFailure(readRecording(release, name)).constructor).toBe(error);
  });

  it('is all listed here', () => {
    const files = readdirSync(join(recordings, release)).filter((file) => file.endsWith('.txt'));
    const names = files.map((file) => file.replace(/\.txt$/, ''));

    expect(names.sort()).toEqual(Object.keys(meanings).sort());
  });
});

describe('what OpenZFS 2.x prints, as its source has it', () => {
  it.each([
    [`cannot create '${dataset}': out of space`, OutOfSpaceError],
    [`cannot set property for '${dataset}': out of space`, OutOfSpaceError],
    [`cannot create '${dataset}': no such parent 'tank/k'`, ParentUnusableError],
    [`cannot create '${dataset}': parent is not a filesystem`, ParentUnusableError],
    [`cannot open 'tank/k': dataset does not exist`, ParentUnusableError],
    [
      `cannot create '${dataset}': encryption root's key is not loaded or provided`,
      ParentUnusableError,
    ],
    [`cannot mount '${dataset}': encryption key not loaded`, ParentUnusableError],
    [
      `cannot mount '/tank/ro/child': failed to create mountpoint: Read-only file system`,
      ParentUnusableError,
    ],
    [`cannot mount '/tank/k/pvc-1': directory is not empty`, ParentUnusableError],
    [`cannot create '${dataset}': pool I/O is currently suspended`, ParentUnusableError],
    [`cannot open 'tank/k': pool I/O is currently suspended`, ParentUnusableError],
    [`cannot destroy '${dataset}': pool is read-only`, ParentUnusableError],
    [`cannot create '${dataset}': permission denied`, HostPermissionError],
    [`cannot mount '${dataset}': Insufficient privileges`, HostPermissionError],
    [
      `cannot mount '/tank/k/pvc-1': failed to create mountpoint: Permission denied`,
      HostPermissionError,
    ],
    ['filesystem successfully created, but it may only be mounted by root', HostPermissionError],
    ['Permission denied the ZFS utilities must be run as root.', HostPermissionError],
    [`cannot destroy '${dataset}': dataset is busy`, DatasetBusyError],
    [`cannot unmount '/tank/k/pvc-1': pool or dataset is busy`, DatasetBusyError],
    [`cannot destroy '${dataset}': filesystem has dependent clones`, DatasetHasChildrenError],
    [`cannot create '${dataset}': property value too long`, InvalidPropertyError],
    [
      `cannot create '${dataset}': Failed to open key material file: No such file or directory`,
      ParentUnusableError,
    ],
    [`cannot create '${dataset}': Raw key too short (expected 32).`, ParentUnusableError],
    [`setfacl: /tank/k/pvc-1: Operation not supported`, InvalidPropertyError],
  ])('%s', (sentence, error) => {
    expect(
      classifyFailure(aFailure(`sudo: unable to resolve host nas\n${sentence}\nmore`)),
    ).toBeInstanceOf(error);
  });

  it('tells an undelegated or invalid property by its sentence, though the exit code is 255', () => {
    const invalid = `cannot set property for '${dataset}': 'sharenfs' cannot be set to invalid options`;
    const denied = `cannot set property for '${dataset}': permission denied`;

    expect(classifyFailure(aFailure(invalid, { exitCode: 255 }))).toBeInstanceOf(
      InvalidPropertyError,
    );
    expect(classifyFailure(aFailure(denied, { exitCode: 255 }))).toBeInstanceOf(
      HostPermissionError,
    );
  });
});

describe('what sudo, doas, chmod, chown and setfacl print', () => {
  it.each([
    'sudo: a password is required',
    'sudo: a terminal is required to read the password; either use the -S option to read from standard input',
    'sudo: sorry, you must have a tty to run sudo',
    "Sorry, user zfs is not allowed to execute '/usr/sbin/zfs destroy x' as root on nas.",
    'zfs is not in the sudoers file.  This incident will be reported.',
    'doas: Authorization required',
    "chmod: changing permissions of '/tank/k/pvc-1': Operation not permitted",
    'chmod: /tank/k/pvc-1: Operation not permitted',
    "chown: changing ownership of '/tank/k/pvc-1': Operation not permitted",
    'setfacl: /tank/k/pvc-1: Operation not permitted',
  ])('%s', (sentence) => {
    expect(classifyFailure(aFailure(sentence))).toBeInstanceOf(HostPermissionError);
  });
});

describe('what is not known stays unknown', () => {
  it.each([
    ['another name', `cannot create '${dataset}0': out of space`],
    ['a name with a dot for any character', "cannot create 'tank/kxpvc-1': out of space"],
    ['a sentence inside another', `note: cannot create '${dataset}': out of space`],
    ['a sentence that goes on', `cannot create '${dataset}': out of space, maybe`],
    ['a translation', `impossible de créer « ${dataset} »`],
    ['nothing', ''],
  ])('%s', (_title, stderr) => {
    expect(classifyFailure(aFailure(stderr)).constructor).toBe(CommandFailedError);
  });

  it.each([2, 137, 143])('a known sentence with exit code %d', (exitCode) => {
    const failure = aFailure(`cannot create '${dataset}': out of space`, { exitCode });

    expect(classifyFailure(failure).constructor).toBe(CommandFailedError);
  });

  it.each([
    ['sh: 1: zfs: not found', 127],
    ['sh: /opt/zfs: Permission denied', 126],
    ['sudo: zfs: command not found', 1],
    [`cannot open '${dataset}': dataset does not exist`, 127],
  ])('%s (%d): the command cannot be run', (stderr, exitCode) => {
    const error = classifyFailure(aFailure(stderr, { exitCode }));

    expect(error.constructor).toBe(CommandFailedError);
    expect(error.message).toContain('check ZFS_BIN');
  });
});

it('a message says what, on which host, why, what became of it and what to do, in bounds', () => {
  const stderr = `cannot create '${dataset}': out of space\n${'x'.repeat(1000)}`;
  const error = classifyFailure(aFailure(stderr, { aftermath: ' It is gone.' }));

  expect(error.message).toMatch(
    /^zfs create failed for dataset tank\/k\/pvc-1 on nas-1: cannot create/,
  );
  expect(error.message).toMatch(/… ?\.? It is gone\. To do: free space in the pool/);
  expect(error.message.length).toBeLessThan(700);
});

it('a failed command keeps its step, exit code and output', () => {
  const error = classifyFailure(aFailure('strange', { exitCode: 3 }));

  expect(error).toMatchObject({
    name: 'CommandFailedError',
    step: 'zfs create',
    exitCode: 3,
    stderr: 'strange',
  });
  expect(classifyFailure(aFailure('')).message).toContain('it printed nothing');
});
