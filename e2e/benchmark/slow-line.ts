import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CommandError } from '../bench/machine/run-command.ts';
import type { StorageHost } from '../bench/storage-host/storage-host.ts';
import { DistantLine } from '../distant-line.ts';
import type { Way } from './arena.ts';

/** A way to a host that takes its time, until it is ended. */
export interface SlowLine {
  readonly way: Way;
  readonly how: string;
  end(): Promise<void>;
}

/**
 * `delayMs` more there and back: by netem in a network namespace, or, where this kernel has none, by a relay that
 * holds everything back by half of it each way (what connects TCP itself is not delayed then).
 */
export async function openSlowLine(
  host: StorageHost,
  delayMs: number,
  runDir: string,
): Promise<SlowLine> {
  const line = await DistantLine.to(host, runDir);
  try {
    await line.delay(delayMs);
  } catch (error) {
    await line.end();
    if (error instanceof CommandError && error.stderr.includes('qdisc kind is unknown')) {
      return startRelay(host, delayMs);
    }
    throw error;
  }
  const { address, port } = line;
  return { way: { host, address, port }, how: 'netem', end: () => line.end() };
}

async function startRelay(host: StorageHost, delayMs: number): Promise<SlowLine> {
  // An address of its own: known_hosts and classes tell hosts by it.
  const address = `127.1.${Math.floor(delayMs / 200)}.${(delayMs % 200) + 2}`;
  const args = [address, host.address, host.port, delayMs / 2].map(String);
  const relay = join(import.meta.dirname, 'relay.ts');
  const program = ['--pdeathsig', 'KILL', process.execPath, relay, ...args];
  const child = spawn('setpriv', program, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  const end = async (): Promise<void> => {
    const exit = once(child, 'exit');
    child.kill();
    await exit;
  };
  return { way: { host, address, port: Number(port) }, how: 'a relay that holds back', end };
}
