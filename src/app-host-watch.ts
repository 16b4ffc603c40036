// The composition root's part for what follows from how storage hosts are doing.
import type { Hosts } from './app-hosts.ts';
import type { Kube } from './app-kube.ts';
import type { AppParts } from './app-parts.ts';
import type { Controller } from './controller/controller.ts';
import { HostNotices } from './controller/host-notices.ts';
import type { HostState } from './host/storage-host.ts';
import type { Health } from './telemetry/health.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** Events, metrics and readiness tell how the hosts are; whoever waits for one hears that it is back. */
export function watchHosts(
  { settings, log }: AppParts,
  { metrics, health }: { readonly metrics: Metrics; readonly health: Health },
  { events, watch }: Kube,
  { hosts, controller }: { readonly hosts: Hosts; readonly controller: Controller },
): void {
  const { inventory, pool, unended, listeners } = hosts;
  const { instance } = settings;
  const notices = new HostNotices({ instance, classes: watch.classes, inventory, events, log });
  listeners.push({
    breakerChanged: ({ host, state, reason }) => {
      if (state === 'open') notices.givenUp(host, reason);
      if (state === 'half-open') controller.hostMayBeTried(host);
      if (state !== 'closed') return;
      notices.answersAgain(host);
      controller.hostReturned(host);
    },
    freed: (host) => {
      controller.hostReturned(host);
    },
    look: (host) => {
      controller.lookAt(host);
    },
    surveyed: (host, usage) => {
      metrics.pools.recordHealth(host, [...usage.pools, ...(usage.unread ?? [])]);
      if (notices.surveyed(host, usage)) controller.hostReturned(host);
    },
    unseen: (host) => {
      metrics.pools.forget(host);
    },
  });
  health.addDetail('hosts', () => [
    ...pool.states.map(describeHost),
    ...unended.hungPools.map(
      (hung) => `host ${hung.host}: ${hung.scripts} command(s) hang on pool ${hung.pool}`,
    ),
  ]);
}

function describeHost({ host, breaker, retryInMs, connected, lastFailure }: HostState): string {
  switch (breaker) {
    case 'closed':
      return `host ${host}: ${connected ? 'connected' : 'not connected now'}`;
    case 'half-open':
      return `host ${host}: given up, tried again by the next who wants it; last failure: ${lastFailure}`;
    case 'open':
      return `host ${host}: given up, tried again in ${Math.ceil(retryInMs / 1000)} s; last failure: ${lastFailure}`;
  }
}
