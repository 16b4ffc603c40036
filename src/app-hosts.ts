// The composition root's part for storage hosts: how they are reached, and what the hosts file says of them.
import type { Clock } from './clock.ts';
import { HostFacts } from './controller/host-facts.ts';
import { HostPool } from './host/host-pool.ts';
import { HostRunner } from './host/host-runner.ts';
import { LocalRunner } from './host/local-runner.ts';
import { SshDialer } from './host/ssh-dialer.ts';
import { WatchedFile } from './host/watched-file.ts';
import { commandsOf } from './provisioner/inventory/host-commands.ts';
import { parseHostsFile } from './provisioner/inventory/hosts-file.ts';
import { Inventory } from './provisioner/inventory/inventory.ts';
import type { Settings } from './settings/settings.ts';
import type { ProcessLogger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { RemoteZfs } from './zfs/remote-zfs.ts';

interface Parts {
  readonly settings: Settings;
  readonly log: ProcessLogger;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface Hosts {
  readonly inventory: Inventory;
  readonly facts: HostFacts;
  readonly pool: HostPool;
  readonly runner: HostRunner;
  /** Undefined: there is no hosts file. */
  readonly file: WatchedFile | undefined;
}

export function buildHosts(parts: Parts, metrics: Metrics): Hosts {
  const { settings, clock } = parts;
  const inventory = new Inventory();
  const pool = buildPool(parts, metrics, inventory);
  inventory.onChange((changed) => {
    for (const host of changed) pool.renew(host);
  });
  const local = new LocalRunner({ clock, onExec: metrics.host.execFinished });
  const everyHostIsLocal = settings.zfs.executeLocally;
  const facts = new HostFacts(clock, (host) => {
    const breaker = pool.stateOf(host)?.breaker ?? 'closed';
    return breaker === 'closed' ? undefined : { isOpen: breaker === 'open' };
  });
  return {
    ...{ inventory, facts, pool },
    runner: new HostRunner({ local, remote: pool, everyHostIsLocal }),
    file: watchedHostsFile(parts, metrics, inventory),
  };
}

function buildPool(
  { settings, log, clock, random }: Parts,
  metrics: Metrics,
  inventory: Inventory,
): HostPool {
  const { ssh } = settings;
  const dialer = new SshDialer(
    {
      mountPath: ssh.mountPath,
      user: ssh.user,
      port: ssh.port,
      keyFile: ssh.keyPath,
      keyPassphrase: ssh.keyPassphrase,
      knownHostsFile: ssh.knownHostsPath,
      trustOnFirstUse: ssh.trustOnFirstUse,
      requireTty: ssh.requireTty,
      loginOf: (host) => inventory.get(host)?.ssh,
    },
    clock,
  );
  const pool = new HostPool({
    dialer,
    clock,
    random,
    limits: { channels: ssh.channelsPerHost },
    onExec: metrics.host.execFinished,
    onBreaker: ({ host, state, reason }) => {
      if (state === 'open') log.warn({ host, reason }, 'host given up for now');
      else log.info({ host }, 'host answers again');
    },
  });
  metrics.host.readStateFrom(() => pool.states);
  return pool;
}

/** A file that is wrong changes nothing: the hosts stay as they were, and log and metric say so. */
function watchedHostsFile(
  { settings, log, clock }: Parts,
  metrics: Metrics,
  inventory: Inventory,
): WatchedFile | undefined {
  const path = settings.hostsFile;
  if (path === undefined) return undefined;
  const refuse = (error: unknown): void => {
    metrics.host.hostsFileRead(false);
    const hosts = inventory.hosts.map(({ name }) => name);
    log.error({ path, err: error, kept: hosts }, 'hosts file not taken');
  };
  return new WatchedFile({
    path,
    clock,
    onFailure: refuse,
    onText: (text) => {
      try {
        const changed = inventory.replace(parseHostsFile(text));
        metrics.host.hostsFileRead(true);
        log.info({ path, hosts: inventory.hosts.length, changed }, 'hosts file taken');
      } catch (error) {
        refuse(error);
      }
    },
  });
}

/** @param nonce a word that nobody can guess */
export function buildZfs(
  { zfs }: Settings,
  nonce: () => string,
  { runner, inventory }: Pick<Hosts, 'runner' | 'inventory'>,
): RemoteZfs {
  const { operationTimeoutMs, exportsFiles } = zfs;
  return new RemoteZfs({
    ...{ runner, nonce, operationTimeoutMs, exportsFiles },
    commandsOf: (host) => commandsOf(inventory.get(host)),
    zfsCommand: zfs.zfsCommand.join(' '),
    chmodCommand: zfs.chmodCommand.join(' '),
    chownCommand: zfs.chownCommand.join(' '),
    setfaclCommand: zfs.setfaclCommand.join(' '),
  });
}
