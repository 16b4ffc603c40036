import { join } from 'node:path';
import { runCommand } from '../bench/machine/run-command.ts';
import type { FaultTarget } from '../bench/storage-host/faults.ts';
import { SharedHost } from '../bench/storage-host/shared-host.ts';
import type { Stage } from '../stage.ts';
import type { HostFault } from './faults.ts';

/** The command of each verb's script that faults of commands happen to. */
export type Hearts = readonly FaultTarget[];

interface Lever {
  readonly begin: (stage: Stage, hearts: Hearts) => Promise<void> | void;
  /** Nothing for what happens once. */
  readonly end?: (stage: Stage) => Promise<void> | void;
}

const moon = { exitCode: 1, stderr: 'cannot do it: the moon is full\n' };

/** For each command that it happens to. */
function atHearts(lay: (stage: Stage, heart: FaultTarget) => void): Lever {
  return {
    begin: (stage, hearts) => {
      for (const heart of hearts) lay(stage, heart);
    },
    end: ({ host }) => {
      host.faults.clear();
    },
  };
}

function inSessions(fault: Parameters<Stage['host']['ssh']['distort']>[0]): Lever {
  return {
    begin: ({ host }) => host.ssh.distort(fault),
    end: ({ host }) => host.ssh.distort(undefined),
  };
}

const sharedHostOf = ({ host }: Stage): SharedHost => {
  if (host instanceof SharedHost) return host;
  throw new Error('only on the fast bench');
};

/** Longer than an operation may take on the stage. */
export const operationTimeout = '6s';
const tooLongSeconds = 8;

/** How each fault is made to happen on the bench. */
export const levers: Readonly<Record<HostFault, Lever>> = {
  'exit-code': atHearts(({ host }, heart) => {
    host.faults.failNext({ ...heart, ...moon, count: 'always' });
  }),
  'exit-code-done': atHearts(({ host }, heart) => {
    host.faults.failNext({ ...heart, ...moon, afterRunning: true });
  }),
  'cut-during': atHearts(({ host }, heart) => {
    host.faults.cutNext({ ...heart, when: 'after' });
  }),
  deadline: atHearts(({ host }, heart) => {
    host.faults.delayNext({ ...heart, seconds: tooLongSeconds, when: 'before' });
  }),
  'shell-killed': atHearts(({ host }, heart) => {
    host.faults.killNext({ ...heart, when: 'after' });
  }),
  'provisioner-killed': atHearts(({ host }, heart) => {
    host.faults.delayNext({ ...heart, seconds: 1, when: 'after' });
  }),
  'cut-before': inSessions('cut-before'),
  'cut-after': inSessions('cut-after'),
  truncated: inSessions('truncated'),
  garbled: inSessions('garbled'),
  banner: inSessions('banner'),
  locale: inSessions('locale'),
  'never-starts': {
    begin: ({ host }) => host.ssh.stop(),
    end: ({ host }) => host.ssh.start(),
  },
  'sshd-restarts': {
    begin: async ({ host }) => {
      await host.ssh.stop();
      await host.ssh.start();
    },
  },
  'max-sessions': {
    begin: ({ host }) => host.ssh.limitSessions(0),
    end: ({ host }) => host.ssh.limitSessions(undefined),
  },
  'host-key': {
    begin: async ({ host }) => {
      await host.ssh.swapHostKey();
      await host.ssh.killConnections();
    },
    end: ({ bench }) => {
      bench.trustHostKeys();
    },
  },
  authentication: {
    begin: async ({ bench, host }) => {
      const file = join(bench.runDir, 'stranger');
      await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
      host.letInOnly(`${file}.pub`);
      await host.ssh.killConnections();
    },
    end: ({ bench, host }) => {
      host.letInOnly(bench.ssh.publicKeyFile);
    },
  },
  'sudo-password': {
    begin: (stage) => {
      sharedHostOf(stage).askForPassword(true);
    },
    end: (stage) => {
      sharedHostOf(stage).askForPassword(false);
    },
  },
};
