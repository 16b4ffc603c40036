// The composition root of the administrator's commands: the same parts as the provisioner's, without its loops.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { buildHosts, buildZfs } from './app-hosts.ts';
import type { Hosts } from './app-hosts.ts';
import type { Cluster, ConnectionFlags } from './cli/cli-world.ts';
import type { Clock } from './clock.ts';
import { hostsOf } from './controller/storage-hosts.ts';
import { isLocalHost } from './host/host-runner.ts';
import { AdminClient } from './kube/admin-client.ts';
import { ApiTransport } from './kube/api-transport.ts';
import { loadApiServer } from './kube/kube-config.ts';
import { MemoryStore } from './kube/memory-store.ts';
import { parseHostsFile } from './provisioner/inventory/hosts-file.ts';
import { parseSettings } from './settings/settings.ts';
import type { Settings } from './settings/settings.ts';
import type { ProcessLogger } from './telemetry/logger.ts';
import { createMetrics } from './telemetry/metrics.ts';
import type { StorageClass } from './volume/objects.ts';

/** What the process gives to the commands. */
export interface CliParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the person. */
  readonly home: string;
  readonly version: string;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A word that nobody can guess. */
  readonly nonce: () => string;
  /** Aborted when the person interrupts. */
  readonly signal: AbortSignal;
  /** For what is legal and looks like a mistake. */
  readonly warn: (warning: string) => void;
}

/**
 * The cluster and its storage hosts. No host is talked to yet.
 * @throws SettingsError, KubeConfigError, and what the API refuses
 */
export async function connectCluster(parts: CliParts, flags: ConnectionFlags): Promise<Cluster> {
  const settings = settingsOf(parts, flags);
  for (const warning of settings.warnings) parts.warn(warning);
  const { clock, version, signal } = parts;
  const server = loadApiServer(settings.kubeConfigPath, flags.context);
  const transport = new ApiTransport({ server, clock, userAgent: `kubectl-zfs/${version}` });
  const kube = new AdminClient(transport);
  const { instance } = settings;
  const metrics = createMetrics({ version, instance, maxVolumes: 0 });
  const hosts = buildHosts({ ...parts, settings, log: silent }, metrics);
  try {
    const [clusterId, classes] = await Promise.all([
      kube.getNamespaceUid('kube-system', signal),
      kube.listClasses(signal),
    ]);
    readHostsFile(settings, hosts);
    return {
      ...{ instance, clusterId, kube },
      zfs: buildZfs(settings, parts.nonce, hosts),
      ...placesOf(classes, settings, hosts),
      allowedParents: settings.zfs.allowedParents,
      orphanGraceMs: settings.orphanGraceMs,
      close: async () => {
        hosts.pool.close();
        await server.close();
      },
    };
  } catch (thrown) {
    await server.close();
    throw thrown;
  }
}

/** As the provisioner's, with what is usual for a person where nothing is said. */
function settingsOf({ env, home }: CliParts, flags: ConnectionFlags): Settings {
  const settings = parseSettings({
    ...env,
    ZFS_SSH_MOUNT_PATH: env['ZFS_SSH_MOUNT_PATH'] ?? join(home, '.ssh'),
    ...(flags.instance !== undefined && { ZFS_PROVISIONER_INSTANCE: flags.instance }),
  });
  return { ...settings, kubeConfigPath: flags.kubeconfig ?? settings.kubeConfigPath };
}

/** Once, and a file that is wrong is an error: a person waits for the answer. */
function readHostsFile({ hostsFile }: Settings, { inventory }: Hosts): void {
  if (hostsFile !== undefined) inventory.replace(parseHostsFile(readFileSync(hostsFile, 'utf8')));
}

function placesOf(
  classes: readonly StorageClass[],
  { instance, zfs }: Settings,
  { inventory }: Hosts,
): Pick<Cluster, 'parents' | 'leftOut'> {
  const store = new MemoryStore<StorageClass>((thrown) => {
    throw thrown;
  });
  for (const storageClass of classes) store.put(storageClass);
  const places = [...hostsOf(store, instance, inventory)];
  // What is local there is another machine here.
  const isHere = (host: string): boolean => isLocalHost(host) && !zfs.executeLocally;
  return {
    parents: new Map(places.filter(([host, parents]) => !isHere(host) && parents.size > 0)),
    leftOut: places.map(([host]) => host).filter(isHere),
  };
}

const nothing = (): void => undefined;

/** What goes wrong is thrown, and told by the command. */
const silent: ProcessLogger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => silent,
};
