import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { ProvisionerExit } from '../bench/provisioner-process.ts';
import { ProvisionerProcess } from '../bench/provisioner-process.ts';

interface Ended extends ProvisionerExit {
  readonly output: string;
}

async function runWith(env: Readonly<Record<string, string>>): Promise<Ended> {
  const logFile = join(mkdtempSync(join(tmpdir(), 'zfs-provisioner-')), 'log');
  const process = await ProvisionerProcess.start({ env, logFile });
  const exit = await process.exit;
  const log = process.log.map((line) => JSON.stringify(line));
  return { ...exit, output: [...log, ...process.otherOutput].join('\n') };
}

describe('wrong settings', () => {
  it('are all listed at once, with exit code 2, and no secret among them', async () => {
    const canary = 'canary-in-a-key';
    const { exitCode, output } = await runWith({
      ZFS_OP_TIMEOUT: 'soon',
      ZFS_SSH_CHANNELS: '99',
      ZFS_PROVISIONER_INSTANCE: 'not a name',
      ZFS_LEASE_DURATION: '5s',
      ZFS_SSH_KEY: `-----BEGIN OPENSSH PRIVATE KEY-----\n${canary}\n-----END`,
    });

    expect(exitCode).toBe(2);
    for (const name of [
      'ZFS_OP_TIMEOUT',
      'ZFS_SSH_CHANNELS',
      'ZFS_PROVISIONER_INSTANCE',
      'ZFS_LEASE_DURATION',
      'ZFS_SSH_KEY',
    ]) {
      expect(output).toMatch(new RegExp(`^  - ${name} is `, 'm'));
    }
    expect(output).toContain('"soon"');
    expect(output).not.toContain(canary);
  });
});

describe('a cluster that cannot be found', () => {
  it('ends the process with exit code 1 and the name of the setting', async () => {
    const { exitCode, output } = await runWith({ ZFS_KUBE_CONFIG_PATH: '/nonexistent/kubeconfig' });

    expect(exitCode).toBe(1);
    expect(output).toContain('/nonexistent/kubeconfig');
    expect(output).toContain('"level":"fatal"');
  });
});
