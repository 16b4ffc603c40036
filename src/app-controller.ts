// The composition root's part for the loops: what is done while this replica leads.
import { buildZfs } from './app-hosts.ts';
import type { Hosts } from './app-hosts.ts';
import type { Kube } from './app-kube.ts';
import type { AppParts } from './app-parts.ts';
import { buildSurvey } from './app-survey.ts';
import { Attempts } from './controller/attempts.ts';
import { ClaimEvents } from './controller/claim-events.ts';
import { ClaimReconciler } from './controller/claim-reconciler.ts';
import { ClusterNodes } from './controller/cluster-nodes.ts';
import { Controller } from './controller/controller.ts';
import { DestroyGuard } from './controller/destroy-guard.ts';
import { GrowthReconciler } from './controller/growth-reconciler.ts';
import { NodeExports } from './controller/node-exports.ts';
import { Placements } from './controller/placements.ts';
import type { Reconciler } from './controller/reconcile-loop.ts';
import { ReconcileLoop } from './controller/reconcile-loop.ts';
import { hostsOf } from './controller/storage-hosts.ts';
import { VolumeReconciler } from './controller/volume-reconciler.ts';
import type { ClusterWatch } from './kube/cluster-watch.ts';
import { HostAccess } from './provisioner/host-access.ts';
import { Provisioner } from './provisioner/provisioner.ts';
import type { Metrics } from './telemetry/metrics.ts';

export function buildController(
  parts: AppParts,
  metrics: Metrics,
  kube: Kube,
  { hosts, clusterId }: { readonly hosts: Hosts; readonly clusterId: string },
): Controller {
  const { settings, log, clock, random } = parts;
  const { events, api, watch } = kube;
  const { instance, delayCapacity, maxDestroysPerMinute } = settings;
  const { allowedParents, allowedProperties, spaceLimits, exportToEveryone } = settings.zfs;
  const { inventory, facts } = hosts;
  const provisioner = buildProvisioner(parts, watch, { hosts, clusterId });
  const attempts = new Attempts({ provisioner, kube: api, log });
  const { claims, volumes, classes } = watch;
  const stores = { claims, volumes, classes };
  const world = { ...stores, instance, allowedParents, kube: api, provisioner, clock, log };
  const observe = metrics.controller;
  const claimEvents = new ClaimEvents(events, clock);
  const nodes = new ClusterNodes(watch.nodes);
  const sharing = { exportToEveryone, nodeAddresses: nodes.internalAddresses };
  const nodeExports = new NodeExports({ ...world, sharing, nodes: watch.nodes, random });
  const claimReconciler = new ClaimReconciler({
    ...world,
    ...{ nodes, sharing, nodeExports, events: claimEvents },
    ...{ attempts, observe, allowedProperties, spaceLimits },
    ...{ inventory, placements: new Placements(facts, clock) },
  });
  const growthReconciler = new GrowthReconciler({
    ...world,
    ...{ delayCapacity, observe, events: claimEvents, spaceLimits, inventory },
  });
  const guard = new DestroyGuard({ ...world, maxDestroysPerMinute, events, observe });
  const volumeReconciler = new VolumeReconciler({ ...world, guard, events, observe });
  const looking = buildSurvey(parts, metrics, {
    ...{ ...world, attempts, clusterId, inventory, facts, events, listeners: hosts.listeners },
    isHeld: () => guard.isTripped,
  });
  const claimLoop = buildLoop(parts, metrics, 'claim', claimReconciler);
  const volumeLoop = buildLoop(parts, metrics, 'volume', volumeReconciler);
  const growthLoop = buildLoop(parts, metrics, 'growth', growthReconciler);
  const loops = { claimLoop, volumeLoop, growthLoop };
  return new Controller({ ...stores, ...loops, ...looking, instance, nodeExports, clock });
}

function buildProvisioner(
  { settings, clock, nonce }: AppParts,
  { classes }: ClusterWatch,
  { hosts, clusterId }: { readonly hosts: Hosts; readonly clusterId: string },
): Provisioner {
  const { inventory } = hosts;
  const { instance } = settings;
  const { permissionsMode: defaultMode } = settings.zfs;
  const zfs = buildZfs(settings, nonce, hosts);
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
