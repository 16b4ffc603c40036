import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { runCommand } from '../bench/machine/run-command.ts';
import { SharedHost } from '../bench/storage-host/shared-host.ts';
import { consult, expectFound } from '../doctor.ts';
import type { Expected, Told } from '../doctor.ts';
import { hostChecks } from '../../src/cli/doctor/finding.ts';
import { narrowRights, planOf } from '../host-rights.ts';
import { KubectlZfs } from '../kubectl-zfs.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ provisioner: false, classes: [], hosts: ['storage-1', 'storage-2'] });

let kubectlZfs: KubectlZfs;
let nfsServer: Server;

beforeAll(async () => {
  const { host } = stage();
  kubectlZfs = new KubectlZfs(stage());
  const shareClients = '10.0.0.0/8';
  const parameters = { shareClients, uid: '1000', acl: 'u:1000:rwx' };
  await stage().createClass('nfs', { parameters });
  const other = {
    hostname: 'storage-2',
    parentDataset: stage().bench.host('storage-2').parentDataset,
  };
  await stage().createClass('other', { parameters: { shareClients, ...other } });
  // The first export makes the file of exports.
  const shared = await host.createByHand('shared', { sharenfs: 'rw=@10.0.0.0/8' });
  await host.zfs('destroy', shared);
  nfsServer = createServer();
  await listen(nfsServer);
});
afterAll(() => {
  kubectlZfs.remove();
  nfsServer.close();
});

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(2049, '127.0.0.1', () => {
      resolve();
    });
  });
}

/** The host as a patient: the faults are brought about on it, one after another. */
function sharedHost(): SharedHost {
  const { host } = stage();
  if (!(host instanceof SharedHost)) throw new Error('these levers are those of a shared host');
  return host;
}

/** With the key, this and nothing else is run, whatever is asked for. */
function force(command: string): void {
  const publicKey = readFileSync(stage().bench.ssh.publicKeyFile, 'utf8');
  const file = join(stage().bench.runDir, 'forced');
  writeFileSync(file, `command="${command}" ${publicKey}`);
  stage().host.letInOnly(file);
}

function unforce(): void {
  stage().host.letInOnly(stage().bench.ssh.publicKeyFile);
}

/** A class whose volumes are to be in another dataset of the pool. */
function addClassIn(name: string): Promise<void> {
  const parentDataset = `${stage().host.pool}/${name}`;
  return stage().createClass(name, { parameters: { shareClients: '10.0.0.0/8', parentDataset } });
}

interface Fault extends Omit<Expected, 'where'> {
  readonly fault: string;
  readonly bring: () => unknown;
  readonly mend: () => unknown;
  readonly env?: () => Readonly<Record<string, string>>;
}

const nothing = (): void => undefined;
const knownHosts = (): string => join(stage().bench.ssh.path, 'known_hosts');
const parent = (): string => stage().host.parentDataset;

const faults: readonly Fault[] = [
  {
    fault: 'sshd is stopped',
    bring: () => stage().host.ssh.stop(),
    mend: () => stage().host.ssh.start(),
    ...{ check: 'tcp', state: 'fail', names: 'ECONNREFUSED', todo: 'sshd runs' },
  },
  {
    fault: 'sshd hangs',
    bring: () => stage().host.ssh.freeze(),
    mend: () => stage().host.ssh.thaw(),
    ...{ check: 'login', state: 'fail', names: 'no login within', todo: 'MaxStartups' },
  },
  {
    fault: 'the host key is another',
    bring: () => stage().host.ssh.swapHostKey(),
    mend: () => {
      stage().bench.trustHostKeys();
    },
    ...{ check: 'host-key', state: 'fail', names: 'recorded is', todo: 'fingerprint' },
  },
  {
    fault: 'known_hosts is empty',
    bring: () => {
      writeFileSync(knownHosts(), '');
    },
    mend: () => {
      stage().bench.trustHostKeys();
    },
    ...{ check: 'host-key', state: 'fail', names: 'holds no key for', todo: 'known_hosts' },
  },
  {
    fault: 'the key is not let in',
    bring: async () => {
      const file = join(stage().bench.runDir, 'stranger');
      await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
      stage().host.letInOnly(`${file}.pub`);
    },
    mend: unforce,
    ...{ check: 'login', state: 'fail', names: 'authorized_keys', todo: 'log of sshd' },
  },
  {
    fault: 'there is no key to log in with',
    ...{ bring: nothing, mend: nothing, env: () => ({ ZFS_SSH_KEY: '/nowhere/key' }) },
    ...{ check: 'login', state: 'fail', names: '/nowhere/key', todo: 'ZFS_SSH_' },
  },
  {
    fault: 'sshd allows two sessions',
    bring: () => stage().host.ssh.limitSessions(2),
    mend: () => stage().host.ssh.limitSessions(undefined),
    ...{ check: 'sessions', state: 'fail', names: 'only 2 of 6', todo: 'ZFS_SSH_CHANNELS to 2' },
  },
  {
    fault: 'the login shell is none',
    bring: () => {
      force('/usr/sbin/nologin');
    },
    mend: unforce,
    ...{ check: 'shell', state: 'fail', names: 'not available', todo: 'login shell' },
  },
  {
    fault: 'what the shell prints is garbled',
    bring: () => stage().host.ssh.distort('garbled'),
    mend: () => stage().host.ssh.distort(undefined),
    ...{ check: 'shell', state: 'fail', names: 'no script runs there', todo: 'login shell' },
  },
  {
    fault: 'its clock is wrong',
    bring: () => {
      const folder = join(stage().host.zfsProgram, '../../clock');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'date'), '#!/bin/sh\necho 1000000000\n', { mode: 0o755 });
      force(`PATH=${folder}:/usr/bin:/bin exec sh -s`);
    },
    mend: unforce,
    ...{ check: 'clock', state: 'warn', names: 'behind the clock here', todo: 'NTP' },
  },
  {
    fault: 'sudo asks for a password',
    bring: () => {
      sharedHost().askForPassword(true);
    },
    mend: () => {
      sharedHost().askForPassword(false);
    },
    ...{ check: 'sudo', state: 'fail', names: 'a password is required', todo: 'NOPASSWD' },
  },
  {
    fault: 'sudo allows another parent only',
    bring: () => {
      const plan = planOf(stage().host);
      const parents = [{ dataset: `${stage().host.pool}/other`, mountpoint: '/srv/other' }];
      return narrowRights(stage().host, { ...plan, parents });
    },
    mend: () => {
      sharedHost().askForPassword(false);
    },
    env: () => ({ ZFS_BIN: planOf(stage().host).commands.zfs }),
    ...{ check: 'sudo', state: 'fail', names: 'a password is required', todo: 'sudoers' },
  },
  {
    fault: 'there is no zfs program',
    ...{ bring: nothing, mend: nothing, env: () => ({ ZFS_BIN: 'sudo -H /nowhere/zfs' }) },
    ...{ check: 'zfs', state: 'fail', names: 'there is no zfs program', todo: 'ZFS_BIN' },
  },
  {
    fault: 'there is no setfacl, which a class needs',
    ...{ bring: nothing, mend: nothing, env: () => ({ ZFS_ACL_BIN: '/nowhere/setfacl' }) },
    ...{ check: 'tools', state: 'fail', names: 'setfacl cannot be run', todo: 'ZFS_ACL_BIN' },
  },
  {
    fault: 'the parent is missing',
    bring: () => addClassIn('missing'),
    mend: () => stage().deleteClass('missing'),
    ...{ check: 'parent', state: 'fail', names: 'does not exist', todo: 'parentDataset' },
  },
  {
    fault: 'the parent is readonly',
    bring: async () => {
      // zfs-fuse does not tell it of one that is mounted.
      const options = ['-o', 'readonly=on', '-o', 'canmount=off'];
      await stage().host.zfs('create', ...options, `${stage().host.pool}/readonly`);
      await addClassIn('readonly');
    },
    mend: async () => {
      await stage().deleteClass('readonly');
      await stage().host.zfs('destroy', `${stage().host.pool}/readonly`);
    },
    ...{ check: 'parent', state: 'fail', names: 'it is readonly', todo: 'zfs set readonly=off' },
  },
  {
    fault: 'the parent has no mountpoint',
    bring: async () => {
      await stage().host.zfs('create', '-o', 'mountpoint=none', `${stage().host.pool}/nowhere`);
      await addClassIn('nowhere');
    },
    mend: async () => {
      await stage().deleteClass('nowhere');
      await stage().host.zfs('destroy', `${stage().host.pool}/nowhere`);
    },
    ...{ check: 'parent', state: 'fail', names: 'mountpoint is none', todo: 'set mountpoint=' },
  },
  {
    fault: 'the parent is not mounted',
    bring: () => stage().host.zfs('unmount', parent()),
    mend: () => stage().host.zfs('mount', parent()),
    ...{ check: 'parent', state: 'fail', names: 'it is not mounted', todo: 'zfs mount' },
  },
  {
    fault: 'the pool is not imported',
    bring: () => stage().host.exportPool(),
    mend: () => sharedHost().importPool(),
    ...{ check: 'pool', state: 'fail', names: 'cannot be read', todo: 'zpool import' },
  },
  {
    fault: 'the pool is nearly full',
    bring: () => stage().host.createByHand('ballast', { refreservation: '1700M' }),
    mend: () => stage().host.zfs('destroy', `${parent()}/ballast`),
    ...{ check: 'pool', state: 'warn', names: '% full', todo: 'free space' },
  },
  {
    fault: 'no NFS server runs',
    bring: () => new Promise((resolve) => nfsServer.close(resolve)),
    mend: () => listen(nfsServer),
    ...{ check: 'nfs', state: 'fail', names: 'port 2049', todo: 'nfs-kernel-server' },
  },
  {
    fault: 'the exports cannot be read',
    ...{ bring: nothing, mend: nothing, env: () => ({ ZFS_EXPORTS_FILES: '/nowhere/etab' }) },
    ...{ check: 'exports', state: 'warn', names: '/nowhere/etab', todo: 'ZFS_EXPORTS_FILES' },
  },
];

/** zfs-fuse tells its version to root alone. */
const healthy = Object.fromEntries(
  hostChecks.filter((check) => check !== 'zfs').map((check) => [check, 'ok']),
);

function statesOf(told: readonly Told[], host: string): Readonly<Record<string, string>> {
  const ofHost = told.filter(({ where }) => where === host);
  return Object.fromEntries(ofHost.map(({ check, state }) => [check, state]));
}

function isUnwell({ where, state }: Told): boolean {
  return where !== 'cluster' && (state === 'fail' || state === 'warn');
}

const hostsOnly = ['--host', 'storage-1', '--host', 'storage-2'];

describe('healthy hosts', () => {
  it('have no fault, and nothing is changed or left behind', async () => {
    const { host } = stage();
    const before = await host.zfs('list', '-H', '-r', '-o', 'name', host.pool);
    const mark = host.ssh.log.mark();
    const { told } = await consult(kubectlZfs, {}, ...hostsOnly);

    expect(told.filter(isUnwell)).toEqual([]);
    expect(statesOf(told, 'storage-1')).toMatchObject(healthy);
    expect(host.ssh.log.loginsSince(mark)).toBe(1);
    expect(await host.zfs('list', '-H', '-r', '-o', 'name', host.pool)).toBe(before);
    expect(host.journal().filter((line) => /^(create|destroy|mount)/.test(line))).toEqual([]);
  }, 30_000);

  it('print a banner, and are healthy all the same', async () => {
    await stage().host.ssh.distort('banner');
    const { told } = await consult(kubectlZfs, {}, '--host', 'storage-1');
    await stage().host.ssh.distort(undefined);

    const shell = told.find(({ check }) => check === 'shell');
    expect(shell).toMatchObject({ state: 'ok', seen: expect.stringContaining('Welcome') });
  }, 30_000);

  it('are found healthy with the rights of host-setup alone', async () => {
    await narrowRights(stage().host);
    const env = { ZFS_BIN: planOf(stage().host).commands.zfs };
    const { told } = await consult(kubectlZfs, env, '--host', 'storage-1');
    sharedHost().askForPassword(false);

    expect(told.filter(isUnwell)).toEqual([]);
    expect(statesOf(told, 'storage-1')).toMatchObject(healthy);
  }, 30_000);
});

describe('a fault is found and named, and no other host is the worse for it:', () => {
  it.each(faults.map((each) => [each.fault, each] as const))(
    '%s',
    async (_name, { bring, mend, env, check, state, names, todo }) => {
      await bring();
      try {
        const consulted = await consult(kubectlZfs, env?.() ?? {}, ...hostsOnly);
        expectFound(consulted, { where: 'storage-1', check, state, names, todo });
        const ofOther = consulted.told.filter(({ where }) => where === 'storage-2');
        expect(ofOther.some((each) => each.check === 'shell')).toBe(true);
      } finally {
        await mend();
      }
    },
    60_000,
  );
});
