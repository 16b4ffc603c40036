// The composition root of `kubectl zfs doctor`: the provisioner's parts, where each may be broken by itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CliParts } from './app-cli.ts';
import { buildDialer } from './app-hosts.ts';
import type { ConnectionFlags } from './cli/cli-world.ts';
import type { Patient, PatientHosts, Reading } from './cli/doctor/patient.ts';
import { hostsOf } from './controller/storage-hosts.ts';
import { messageOf } from './errors.ts';
import { isLocalHost } from './host/host-runner.ts';
import { LocalRunner } from './host/local-runner.ts';
import { ApiTransport } from './kube/api-transport.ts';
import { CheckupClient } from './kube/checkup-client.ts';
import { loadApiServer } from './kube/kube-config.ts';
import { MemoryStore } from './kube/memory-store.ts';
import { commandsOf } from './provisioner/inventory/host-commands.ts';
import { HostsFileError, parseHostsFile } from './provisioner/inventory/hosts-file.ts';
import { Inventory } from './provisioner/inventory/inventory.ts';
import { parseSettings, SettingsError } from './settings/settings.ts';
import type { Settings } from './settings/settings.ts';
import type { StorageClass } from './volume/objects.ts';

type Flags = ConnectionFlags & { readonly namespace: string | undefined };

/**
 * What is to be looked at. Settings that are wrong count as not set, so that all else can be looked at.
 * @throws SettingsError where even that is not enough
 */
export function consultCluster(parts: CliParts, flags: Flags): Promise<Patient> {
  const { settings, reading } = readSettings(parts, flags);
  const inventory = new Inventory();
  const hostsFile = readHostsFile(settings, inventory);
  const { api, close } = openApi(parts, { ...settings, context: flags.context });
  const { instance, lease, zfs } = settings;
  const { exportToEveryone, allowedParents, allowedProperties } = zfs;
  return Promise.resolve({
    ...{ instance, settings: reading, hostsFile, inventory, api, close },
    lease: {
      isUsed: lease.enabled,
      name: lease.name,
      namespace: flags.namespace ?? nonEmpty(parts.env['POD_NAMESPACE']),
    },
    classRules: { exportToEveryone, allowedParents, allowedProperties },
    listsPods: settings.delayCapacity,
    placesOf: (classes) => placesOf(classes, instance, inventory),
    hosts: hostsIn(parts, settings, inventory),
    nonce: parts.nonce,
  });
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

interface ReadSettings {
  readonly settings: Settings;
  readonly reading: Reading;
}

function readSettings({ env, home }: CliParts, flags: Flags): ReadSettings {
  const given = {
    ...env,
    ZFS_SSH_MOUNT_PATH: nonEmpty(env['ZFS_SSH_MOUNT_PATH']) ?? join(home, '.ssh'),
    ...(flags.instance !== undefined && { ZFS_PROVISIONER_INSTANCE: flags.instance }),
  };
  const { settings, problems } = parseWhatIsRight(given);
  const kubeConfigPath = flags.kubeconfig ?? settings.kubeConfigPath;
  return {
    settings: { ...settings, kubeConfigPath },
    reading: { problems, warnings: settings.warnings },
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

function parseWhatIsRight(env: Environment): {
  readonly settings: Settings;
  readonly problems: readonly string[];
} {
  try {
    return { settings: parseSettings(env), problems: [] };
  } catch (thrown) {
    if (!(thrown instanceof SettingsError)) throw thrown;
    // Each problem begins with the name of its variable.
    const wrong = new Set(thrown.problems.map((problem) => problem.split(' ', 1).join('')));
    const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !wrong.has(name)));
    return { settings: parseSettings(rest), problems: thrown.problems };
  }
}

function readHostsFile({ hostsFile: path }: Settings, inventory: Inventory): Patient['hostsFile'] {
  if (path === undefined) return undefined;
  try {
    inventory.replace(parseHostsFile(readFileSync(path, 'utf8')));
    return { path, problems: [], warnings: [], hosts: inventory.hosts.length };
  } catch (thrown) {
    const problems = thrown instanceof HostsFileError ? thrown.problems : [messageOf(thrown)];
    return { path, problems, warnings: [], hosts: 0 };
  }
}

function openApi(
  { clock, version }: CliParts,
  { kubeConfigPath, context }: Pick<Settings, 'kubeConfigPath'> & Pick<Flags, 'context'>,
): Pick<Patient, 'api' | 'close'> {
  try {
    const server = loadApiServer(kubeConfigPath, context);
    const transport = new ApiTransport({ server, clock, userAgent: `kubectl-zfs/${version}` });
    return { api: new CheckupClient(transport), close: () => server.close() };
  } catch (thrown) {
    const api = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { api, close: () => Promise.resolve() };
  }
}

function placesOf(
  classes: readonly StorageClass[],
  instance: string,
  inventory: Inventory,
): ReadonlyMap<string, ReadonlySet<string>> {
  const store = new MemoryStore<StorageClass>((thrown) => {
    throw thrown;
  });
  for (const storageClass of classes) store.put(storageClass);
  return hostsOf(store, instance, inventory);
}

function hostsIn({ clock }: CliParts, settings: Settings, inventory: Inventory): PatientHosts {
  const { zfs, ssh } = settings;
  const local = new LocalRunner({ clock });
  return {
    doors: buildDialer(settings, inventory, clock),
    here: zfs.executeLocally
      ? (host, script, signal) => local.run(host, script, signal)
      : undefined,
    isLocal: (host) => zfs.executeLocally || isLocalHost(host),
    commandsOf: (host) =>
      commandsOf(inventory.get(host)) ?? {
        zfs: zfs.zfsCommand.join(' '),
        chmod: zfs.chmodCommand.join(' '),
        chown: zfs.chownCommand.join(' '),
        setfacl: zfs.setfaclCommand.join(' '),
      },
    exportsFiles: zfs.exportsFiles,
    channels: ssh.channelsPerHost,
  };
}
