import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A container: a process with a mount table of its own, which has the dataset. */
export interface Holder {
  readonly pid: number | undefined;
  end(): Promise<void>;
}

/**
 * Every script on this machine that looks for who holds a dataset of that name finds it: no other test may have
 * one that is called the same.
 */
export async function startHolder(dataset: string): Promise<Holder> {
  const program = `mount -t tmpfs ${dataset} /mnt && echo mounted && exec sleep 60`;
  const options = ['--mount', '--map-root-user', '--propagation', 'private'];
  const child = spawn('unshare', [...options, 'sh', '-c', program]);
  await once(child.stdout, 'data');
  const exited = once(child, 'exit');
  return {
    pid: child.pid,
    end: async () => {
      child.kill();
      await exited;
    },
  };
}
