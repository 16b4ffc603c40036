// The composition root's part for the Kubernetes API: client, watches and events.
import type { AppParts } from './app-parts.ts';
import { PendingClaims } from './controller/pending-claims.ts';
import { ApiClient } from './kube/api-client.ts';
import type { ApiServer } from './kube/api-server.ts';
import { ApiTransport } from './kube/api-transport.ts';
import { ClusterWatch } from './kube/cluster-watch.ts';
import type { CorrelatedEvent } from './kube/event-correlator.ts';
import { EventRecorder } from './kube/event-recorder.ts';
import { loadApiServer } from './kube/kube-config.ts';
import type { ReflectorActivity } from './kube/reflector.ts';
import type { ProcessLogger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface Kube {
  readonly server: ApiServer;
  readonly transport: ApiTransport;
  readonly events: EventRecorder;
  /** Who wants to know of every Event that is written. */
  readonly eventListeners: ((event: CorrelatedEvent) => void)[];
  readonly watch: ClusterWatch;
  readonly api: ApiClient;
}

export function buildKube(parts: AppParts, metrics: Metrics): Kube {
  const { settings, log, clock, random, version, identity } = parts;
  const server = loadApiServer(settings.kubeConfigPath, undefined, clock);
  const userAgent = `zfs-provisioner/${version}`;
  const onRequest = metrics.kube.requestFinished;
  const transport = new ApiTransport({ server, clock, userAgent, onRequest });
  const eventListeners: Kube['eventListeners'] = [];
  const events = new EventRecorder({
    ...{ transport, clock, random },
    onRecorded: (event) => {
      for (const listener of eventListeners) listener(event);
    },
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
    idleTimeoutMs: settings.watchIdleTimeoutMs,
    onActivity: (resource, activity) => {
      metrics.kube.reflectorActive(resource, activity);
      logActivity(log, resource, activity);
    },
  });
  const { claims, classes } = watch;
  const pending = new PendingClaims({ claims, classes, clock, instance: settings.instance });
  metrics.claims.readPendingFrom(() => pending.read());
  return { server, transport, events, eventListeners, watch, api: new ApiClient(transport) };
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
