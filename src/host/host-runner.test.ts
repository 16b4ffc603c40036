import { describe, expect, it } from '@jest/globals';
import type { ScriptRunner } from './command.ts';
import { HostRunner, isLocalHost } from './host-runner.ts';

const script = { verb: 'test', script: 'true', parameters: [], timeoutMs: 1 };

const answering = (stdout: string): ScriptRunner => ({
  run: (host) => Promise.resolve({ exitCode: 0, stdout: `${stdout} ${host}`, stderr: '' }),
});

async function whereRuns(host: string, everyHostIsLocal: boolean): Promise<string> {
  const runner = new HostRunner({
    local: answering('here'),
    remote: answering('there'),
    everyHostIsLocal,
  });
  return (await runner.run(host, script)).stdout;
}

describe('host runner', () => {
  it.each(['localhost', 'LocalHost', '127.0.0.1', '::1', ''])('runs on %j here', async (host) => {
    expect(await whereRuns(host, false)).toBe(`here ${host}`);
  });

  it.each(['nas', '127.0.0.2', 'localhost.example.com', ' localhost', '0.0.0.0'])(
    'runs on %j over SSH',
    async (host) => {
      expect(isLocalHost(host)).toBe(false);
      expect(await whereRuns(host, false)).toBe(`there ${host}`);
    },
  );

  it('runs everything here when told so', async () => {
    expect(await whereRuns('nas', true)).toBe('here nas');
  });
});
