// The composition root: the only file that builds concrete parts, in the order in which they depend on
// each other.
import { buildHosts } from './app-hosts.ts';
import type { Hosts } from './app-hosts.ts';
import { aborted } from './clock.ts';
import type { Clock } from './clock.ts';
import { Attempts } from './controller/attempts.ts';
import { ClaimEvents } from './controller/claim-events.ts';
import { ClaimReconciler } from './controller/claim-reconciler.ts';
import { ClusterNodes } from './controller/cluster-nodes.ts';
import { Controller } from './controller/controller.ts';
import { GrowthReconciler } from './controller/growth-reconciler.ts';
import type { Reconciler } from './controller/reconcile-loop.ts';
import { ReconcileLoop } from './controller/reconcile-loop.ts';
import { Placements } from './controller/placements.ts';
import { NodeExports } from './controller/node-exports.ts';
import { hostsOf } from './controller/storage-hosts.ts';
import { Survey } from './controller/survey.ts';
import { VolumeReconciler } from './controller/volume-reconciler.ts';
import { ApiClient } from './kube/api-client.ts';
import { LeaseLostError } from './kube/api-error.ts';
import { ApiTransport } from './kube/api-transport.ts';
import { EventRecorder } from './kube/event-recorder.ts';
import { ClusterWatch } from './kube/cluster-watch.ts';
import { loadApiServer } from './kube/kube-config.ts';
import { LeaseElection } from './kube/lease-election.ts';
import type { ReflectorActivity } from './kube/reflector.ts';
import { HostAccess } from './provisioner/host-access.ts';
import { commandsOf } from './provisioner/inventory/host-commands.ts';
import { Provisioner } from './provisioner/provisioner.ts';
import type { Settings } from './settings/settings.ts';
import { Health } from './telemetry/health.ts';
import { HttpServer } from './telemetry/http-server.ts';
import type { ProcessLogger } from './telemetry/logger.ts';
import { createMetrics } from './telemetry/metrics.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { RemoteZfs } from './zfs/remote-zfs.ts';

export interface AppParts {
  readonly settings: Settings;
  readonly log: ProcessLogger;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A word that nobody can guess. */
  readonly nonce: () => string;
  readonly version: string;
  /** This replica, unlike any other. */
  readonly identity: string;
}

const eventDrainMs = 2000;

/**
 * Runs until the signal is aborted, then finishes what is in hand.
 * @throws whatever makes going on impossible: no kubeconfig, a port in use, the lease lost
 */
export async function runApp(parts: AppParts, signal: AbortSignal): Promise<void> {
  const { settings, log, clock, version } = parts;
  for (const warning of settings.warnings) log.warn({ reason: warning }, 'setting is doubtful');
  const { instance } = settings;
  const metrics = createMetrics({ version, instance, maxVolumes: settings.usage.maxVolumes });
  const health = new Health({ clock, log });
  const kube = buildKube(parts, metrics);
  health.addReadiness('watches', () => {
    const { missing } = kube.watch;
    return missing.length === 0 ? undefined : `not listed yet: ${missing.join(', ')}`;
  });
  const { address, port } = settings.http;
  const server = await HttpServer.listen({ address, port, registry: metrics.registry, health });
  const background = new AbortController();
  const watching = kube.watch.run(background.signal);
  const beating = health.beat('event loop', background.signal);
  log.info({ version, instance, identity: parts.identity, port }, 'started');
  let drainMs = eventDrainMs;
  try {
    await Promise.race([kube.watch.synced(), aborted(signal)]);
    if (!signal.aborted) await leadInTurn(parts, metrics, kube, signal);
  } catch (thrown) {
    // Another may lead soon: gone at once, with whatever is still under way.
    if (thrown instanceof LeaseLostError) drainMs = 0;
    throw thrown;
  } finally {
    background.abort();
    await kube.events.drain(drainMs);
    await Promise.all([watching, beating]);
    await kube.server.close();
    await server.close();
  }
}

type Kube = ReturnType<typeof buildKube>;

function buildKube(parts: AppParts, metrics: Metrics) {
  const { settings, log, clock, random, version, identity } = parts;
  const server = loadApiServer(settings.kubeConfigPath);
  const userAgent = `zfs-provisioner/${version}`;
  const onRequest = metrics.kube.requestFinished;
  const transport = new ApiTransport({ server, clock, userAgent, onRequest });
  const events = new EventRecorder({
    ...{ transport, clock, random },
    component: settings.instance,
    instance: identity,
    onSent: metrics.kube.eventSent,
    onDropped: (reason, event, error) => {
      metrics.kube.eventDropped(reason);
      log.debug({ reason, event: event.reason, err: error }, 'event dropped');
    },
  });
  const watch = new ClusterWatch({
    ...{ transport, clock, random },
    onActivity: (resource, activity) => {
      metrics.kube.reflectorActive(resource, activity);
      logActivity(log, resource, activity);
    },
  });
  return { server, transport, events, watch, api: new ApiClient(transport) };
}

function logActivity(log: ProcessLogger, resource: string, activity: ReflectorActivity): void {
  if (activity.kind === 'failed') {
    const { error, retryInMs } = activity;
    log.warn({ resource, err: error, retryInMs: Math.round(retryInMs) }, 'watch failed');
  }
  if (activity.kind === 'listener-failed') {
    log.error({ resource, err: activity.error, code: 'BUG' }, 'change not taken');
  }
}

async function leadInTurn(
  parts: AppParts,
  metrics: Metrics,
  kube: Kube,
  signal: AbortSignal,
): Promise<void> {
  const { settings, log, clock, random, identity } = parts;
  const lead = async (term: AbortSignal): Promise<void> => {
    metrics.kube.setLeader(true);
    log.info({ identity }, 'leading');
    const clusterId = await kube.api.getNamespaceUid('kube-system', term);
    const hosts = buildHosts(parts, metrics);
    await hosts.file?.read();
    const controller = buildController(parts, metrics, kube, { hosts, clusterId });
    hosts.inventory.onChange((changed) => {
      controller.hostsChanged(changed);
    });
    void hosts.file?.run(term);
    const graceMs = (): number =>
      term.reason instanceof LeaseLostError ? 0 : settings.shutdownGraceMs;
    await controller.run(term, graceMs);
    hosts.pool.close();
    metrics.kube.setLeader(false);
  };
  if (!settings.lease.enabled) {
    await lead(signal);
    return;
  }
  const { name, durationMs, renewDeadlineMs, retryPeriodMs } = settings.lease;
  const election = new LeaseElection({
    transport: kube.transport,
    clock,
    random,
    identity,
    lease: { namespace: settings.namespace, name },
    timings: { leaseDurationMs: durationMs, renewDeadlineMs, retryPeriodMs },
    onTransition: (lease, message) => {
      kube.events.record(lease, { type: 'Normal', reason: 'LeaderElection', message });
    },
    onProblem: (error) => {
      log.warn({ err: error }, 'lease not written');
    },
  });
  await election.run(lead, signal);
}

function buildController(
  parts: AppParts,
  metrics: Metrics,
  kube: Kube,
  { hosts, clusterId }: { readonly hosts: Hosts; readonly clusterId: string },
): Controller {
  const { settings, log, clock, random } = parts;
  const { events, api, watch } = kube;
  const { instance } = settings;
  const { allowedParents, allowedProperties, spaceLimits, exportToEveryone } = settings.zfs;
  const { inventory, facts } = hosts;
  const provisioner = buildProvisioner(parts, watch, { hosts, clusterId });
  const attempts = new Attempts({ provisioner, kube: api, log });
  const { claims, volumes, classes } = watch;
  const stores = { claims, volumes, classes };
  const world = { ...stores, instance, allowedParents, kube: api, provisioner, clock, log };
  const observe = metrics.controller;
  const claimEvents = new ClaimEvents(events);
  const nodes = new ClusterNodes(watch.nodes);
  const sharing = { exportToEveryone, nodeAddresses: nodes.internalAddresses };
  const nodeExports = new NodeExports({ ...world, sharing, nodes: watch.nodes, random });
  const claimReconciler = new ClaimReconciler({
    ...world,
    ...{ nodes, sharing, nodeExports, events: claimEvents },
    ...{ attempts, observe, allowedProperties, spaceLimits },
    ...{ inventory, placements: new Placements(facts, clock) },
  });
  const { delayCapacity } = settings;
  const growthReconciler = new GrowthReconciler({
    ...world,
    ...{ delayCapacity, observe, events: claimEvents, spaceLimits, inventory },
  });
  const volumeReconciler = new VolumeReconciler({ ...world, events, observe });
  const survey = new Survey({
    ...world,
    ...{ attempts, clusterId, inventory, facts },
    graceMs: settings.orphanGraceMs,
    intervalMs: settings.usage.intervalMs,
    observe: {
      surveyed: metrics.usage.record,
      orphans: metrics.usage.setOrphans,
      unreachable: metrics.usage.forget,
    },
  });
  const claimLoop = buildLoop(parts, metrics, 'claim', claimReconciler);
  const volumeLoop = buildLoop(parts, metrics, 'volume', volumeReconciler);
  const growthLoop = buildLoop(parts, metrics, 'growth', growthReconciler);
  const loops = { claimLoop, volumeLoop, growthLoop };
  return new Controller({ ...stores, ...loops, instance, survey, nodeExports, clock });
}

function buildProvisioner(
  { settings, clock, nonce }: AppParts,
  { classes }: ClusterWatch,
  { hosts, clusterId }: { readonly hosts: Hosts; readonly clusterId: string },
): Provisioner {
  const { runner, inventory } = hosts;
  const { instance } = settings;
  const {
    permissionsMode: defaultMode,
    operationTimeoutMs,
    zfsCommand,
    chmodCommand,
  } = settings.zfs;
  const zfs = new RemoteZfs({
    ...{ runner, nonce, operationTimeoutMs },
    commandsOf: (host) => commandsOf(inventory.get(host)),
    zfsCommand: zfsCommand.join(' '),
    chmodCommand: chmodCommand.join(' '),
    chownCommand: settings.zfs.chownCommand.join(' '),
    setfaclCommand: settings.zfs.setfaclCommand.join(' '),
    exportsFiles: settings.zfs.exportsFiles,
  });
  const namedByClasses = (): Iterable<string> => hostsOf(classes, instance, inventory).keys();
  const access = new HostAccess(settings.ssh.allowedHosts, namedByClasses);
  const nowMs = (): number => clock.nowMs();
  return new Provisioner({ zfs, access, instance, clusterId, defaultMode, nowMs });
}

function buildLoop(
  { settings, clock, random, log }: AppParts,
  metrics: Metrics,
  kind: 'claim' | 'volume' | 'growth',
  reconciler: Reconciler,
): ReconcileLoop {
  const { workersPerHost: laneWidth, waitingNoticeMs } = settings;
  const name = `${kind}s`;
  const observe = metrics.loop(kind);
  const parts = { name, reconciler, laneWidth, waitingNoticeMs, clock, random, log };
  return new ReconcileLoop({ ...parts, observe });
}
