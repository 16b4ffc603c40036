import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { generateKeyPair, SshServerFixture } from '../../test/support/ssh-server.ts';
import { HostKeyError } from './command.ts';
import type { HostLogin } from './ssh-dialer.ts';
import { SshDialer } from './ssh-dialer.ts';

const [hostKey, otherKey, userKey] = [generateKeyPair(), generateKeyPair(), generateKeyPair()];

let folder: string;
let server: SshServerFixture;
let login: HostLogin;

/** Type and base64, as the hosts file has it. */
function textOf(key: string): string {
  return key.trim().split(' ', 2).join(' ');
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'host-login-'));
  server = await SshServerFixture.start({
    hostKeys: [hostKey.private],
    authorizedKeys: [userKey.public],
  });
  const keyFile = path.join(folder, 'key');
  writeFileSync(keyFile, userKey.private);
  const knownHostKey = textOf(hostKey.public);
  login = { address: '127.0.0.1', port: server.port, keyFile, knownHostKey };
});

afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function verbOn(host: string): Promise<string> {
  const loginOf = (name: string): HostLogin | undefined => (name === 'nas' ? login : undefined);
  // These would be wrong, and are for other hosts.
  const others = { port: 1, user: 'nobody', keyFile: '/nowhere' };
  const dialer = new SshDialer({ mountPath: folder, ...others, loginOf }, new FakeClock());
  const connection = await dialer.dial(host);
  const script = { verb: 'x', script: 'echo "$1"', parameters: ['done'], timeoutMs: 60_000 };
  const { stdout } = await connection.run(script);
  connection.close();
  return stdout;
}

describe('a host whose login the hosts file says', () => {
  it('is logged in to by it alone: no known_hosts, no ssh config, not the settings of all', async () => {
    expect(await verbOn('nas')).toBe('done\n');
  });

  it('is refused with another key than the recorded one', async () => {
    login = { ...login, knownHostKey: textOf(otherKey.public) };

    await expect(verbOn('nas')).rejects.toThrow(HostKeyError);
    expect(server.commands).toEqual([]);
  });

  it('is refused when what is recorded is no key of that type', async () => {
    login = { ...login, knownHostKey: textOf(hostKey.public).replace('ed25519', 'dss') };

    await expect(verbOn('nas')).rejects.toThrow('record what ssh-keyscan prints');
  });
});
