import type { HostScript, ScriptResult, ScriptRunner } from '../src/host/command.ts';
import { encodeScript } from '../src/host/script-encoding.ts';
import type { RestoredDataset } from '../src/zfs/dataset-trash.ts';
import { ShellScriptRunner } from '../test/support/fake-script-runner.ts';
import { remoteZfsOn } from '../test/support/fake-zfs.ts';
import { VirtualHost } from './bench/openzfs/virtual-host.ts';
import type { StorageHost } from './bench/storage-host/storage-host.ts';
import type { Stage } from './stage.ts';

/** Restores a dataset as the administrator's command does: the product's verb, run as root on the host. */
export async function restoreFromTrash(
  stage: Stage,
  trashed: { readonly dataset: string; readonly volumeName: string; readonly restoredAs: string },
  host: StorageHost = stage.host,
): Promise<RestoredDataset> {
  const { volumeName, ...names } = trashed;
  const runner = host instanceof VirtualHost ? new GuestRunner(host) : new ShellScriptRunner();
  const zfs = remoteZfsOn({ command: host.zfsProgram }, { runner, timeoutMs: 20_000 });
  const identity = await identityOf(stage, volumeName);
  return zfs.restore({ host: host.name, ...names, identity });
}

/** Who a volume of this stage's provisioner is. */
export async function identityOf(
  stage: Stage,
  volumeName: string,
): Promise<{ instance: string; clusterId: string; volumeName: string }> {
  const { api } = stage.bench.controlPlane;
  const path = '/api/v1/namespaces/kube-system';
  const { metadata } = await api.call<{ metadata: { uid: string } }>(path);
  const instance = stage.installation.env['ZFS_PROVISIONER_INSTANCE'] ?? '';
  return { instance, clusterId: metadata.uid, volumeName };
}

class GuestRunner implements ScriptRunner {
  readonly #host: VirtualHost;

  constructor(host: VirtualHost) {
    this.#host = host;
  }

  async run(_host: string, script: HostScript): Promise<ScriptResult> {
    const { command, stdin } = encodeScript(script);
    const told = await this.#host.machine.run(`${command}; echo "exit $?"`, stdin);
    const [, stdout = '', exitCode = ''] = /^(.*)exit (\d+)\n$/s.exec(told) ?? [];
    return { exitCode: Number(exitCode), stdout, stderr: '' };
  }
}
