import { VirtualHost } from './bench/openzfs/virtual-host.ts';
import type { Stage, StageOptions } from './stage.ts';
import { useStage } from './stage.ts';

/** A stage whose storage hosts are virtual machines with OpenZFS. */
export interface OpenZfsStage {
  readonly stage: () => Stage;
  readonly host: () => VirtualHost;
  /** Runs a shell command on the host as root and resolves with its standard output. */
  readonly run: (command: string) => Promise<string>;
  /** Names of what is below a dataset. */
  readonly childrenOf: (parent: string) => Promise<readonly string[]>;
}

/** As useStage, for scenarios that only OpenZFS can play. */
export function useOpenZfs(options: StageOptions): OpenZfsStage {
  const stage = useStage({ ...options, hostKind: 'openzfs' });
  const host = (): VirtualHost => {
    const first = stage().host;
    if (!(first instanceof VirtualHost)) throw new Error(`${first.name} is no virtual machine`);
    return first;
  };
  return {
    stage,
    host,
    run: (command) => host().machine.run(command),
    childrenOf: async (parent) => {
      const lines = await host().zfs('list', '-H', '-r', '-o', 'name', parent);
      return lines.trimEnd().split('\n').slice(1);
    },
  };
}

/** The machine's image has no package acl; its programs are the same on every Debian. */
export async function installAclTools({ machine }: VirtualHost): Promise<void> {
  for (const tool of ['setfacl', 'getfacl']) {
    await machine.copyIn(`/usr/bin/${tool}`, `/usr/bin/${tool}`);
  }
}
