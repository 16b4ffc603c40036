import { Counter, type Registry } from 'prom-client';

import { counter, gauge, histogram } from './instruments.ts';

export interface RequestReport {
  readonly verb: string;
  /** Plural name of the kind. */
  readonly resource: string;
  /** HTTP status, or `none` without an answer. */
  readonly code: string;
  readonly durationMs: number;
}

export interface KubeMetrics {
  readonly requestFinished: (report: RequestReport) => void;
  readonly reflectorActive: (resource: string, activity: { readonly kind: string }) => void;
  readonly setLeader: (isLeader: boolean) => void;
  /** Where a lease is asked at each scrape how often it changed hands; undefined: it was not seen yet. */
  readonly readTransitionsFrom: (lease: string, source: () => number | undefined) => void;
  readonly eventSent: () => void;
  readonly eventDropped: (reason: string) => void;
}

export function kubeMetrics(registry: Registry): KubeMetrics {
  return {
    ...requestMetrics(registry),
    ...reflectorMetrics(registry),
    ...leaseMetrics(registry),
    ...leaderAndEventMetrics(registry),
  };
}

function requestMetrics(registry: Registry): Pick<KubeMetrics, 'requestFinished'> {
  const requests = counter(
    registry,
    'zfs_provisioner_kube_requests_total',
    ['verb', 'resource', 'code'],
    'Requests to the API server, by HTTP status (none: no answer).',
  );
  const durations = histogram(
    registry,
    'zfs_provisioner_kube_request_duration_seconds',
    ['verb', 'resource'],
    'How long requests to the API server took (a watch: until its answer began).',
  );
  return {
    requestFinished: ({ verb, resource, code, durationMs }) => {
      requests.inc({ verb, resource, code });
      durations.observe({ verb, resource }, durationMs / 1000);
    },
  };
}

function reflectorMetrics(registry: Registry): Pick<KubeMetrics, 'reflectorActive'> {
  const prefix = 'zfs_provisioner_reflector';
  const label = ['resource'] as const;
  const lists = counter(
    registry,
    `${prefix}_lists_total`,
    label,
    'Complete lists of a kind; more than the first: a watch was lost.',
  );
  const watches = counter(registry, `${prefix}_watches_total`, label, 'Watches that were started.');
  const errors = counter(
    registry,
    `${prefix}_errors_total`,
    label,
    'Lists and watches that ended with an error.',
  );
  const counters = new Map([
    ['listed', lists],
    ['watching', watches],
    ['failed', errors],
  ]);
  return {
    reflectorActive: (resource, { kind }) => {
      counters.get(kind)?.inc({ resource });
    },
  };
}

/** Counted in the lease itself: a replica that loses it ends, and its own count with it. */
function leaseMetrics(registry: Registry): Pick<KubeMetrics, 'readTransitionsFrom'> {
  const leases = new Map<string, () => number | undefined>();
  new Counter({
    name: 'zfs_provisioner_lease_transitions_total',
    help: 'How often the lease changed hands, as it tells itself, and so the same from every replica.',
    labelNames: ['lease'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [lease, transitions] of leases) {
        const times = transitions();
        // Not 0 until it was seen: every start would look like many changes.
        if (times !== undefined) this.inc({ lease }, times);
      }
    },
  });
  return {
    readTransitionsFrom: (lease, source) => {
      leases.set(lease, source);
    },
  };
}

function leaderAndEventMetrics(
  registry: Registry,
): Pick<KubeMetrics, 'setLeader' | 'eventSent' | 'eventDropped'> {
  const leader = gauge(
    registry,
    'zfs_provisioner_leader',
    [],
    'Whether this replica leads (1) or stands by (0).',
  );
  const sent = counter(registry, 'zfs_provisioner_events_sent_total', [], 'Events written.');
  const dropped = counter(
    registry,
    'zfs_provisioner_events_dropped_total',
    ['reason'],
    'Events not written, by the reason.',
  );
  return {
    setLeader: (isLeader) => {
      leader.set(Number(isLeader));
    },
    eventSent: () => {
      sent.inc();
    },
    eventDropped: (reason) => {
      dropped.inc({ reason });
    },
  };
}
