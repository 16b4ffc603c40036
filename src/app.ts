// The composition root: it and the files app-*.ts are the only ones that build concrete parts, in the order in
// which they depend on each other.
import type { StatusPage } from './app-console.ts';
import { serveStatusPage } from './app-console.ts';
import { buildController } from './app-controller.ts';
import { watchHosts } from './app-host-watch.ts';
import { buildHosts } from './app-hosts.ts';
import { buildKube } from './app-kube.ts';
import type { Kube } from './app-kube.ts';
import type { AppParts } from './app-parts.ts';
import { aborted } from './clock.ts';
import { eventOf } from './controller/event-reasons.ts';
import { LeaseLostError } from './kube/api-error.ts';
import { LeaseElection } from './kube/lease-election.ts';
import { untilAnswered } from './kube/until-answered.ts';
import { Health } from './telemetry/health.ts';
import { HttpServer } from './telemetry/http-server.ts';
import { createMetrics } from './telemetry/metrics.ts';
import type { Metrics } from './telemetry/metrics.ts';

const eventDrainMs = 2000;

/**
 * Runs until the signal is aborted, then finishes what is in hand.
 * @throws whatever makes going on impossible: no kubeconfig, a port in use, the lease lost
 */
export async function runApp(parts: AppParts, signal: AbortSignal): Promise<void> {
  const { settings, log, clock, version } = parts;
  for (const warning of settings.warnings) log.warn({ reason: warning }, 'setting is doubtful');
  const { instance } = settings;
  const { maxVolumes, claimLabels } = settings.usage;
  const metrics = createMetrics({ version, instance, maxVolumes, claimLabels });
  const health = new Health({ clock, log });
  const kube = buildKube(parts, metrics);
  health.addReadiness('watches', () => {
    const { missing } = kube.watch;
    return missing.length === 0 ? undefined : `not listed yet: ${missing.join(', ')}`;
  });
  const { address, port } = settings.http;
  const server = await HttpServer.listen({ address, port, registry: metrics.registry, health });
  const statusPage = await serveStatusPage(parts, kube);
  const background = new AbortController();
  const watching = kube.watch.run(background.signal);
  const beating = health.beat('event loop', background.signal);
  log.info({ version, instance, identity: parts.identity, port }, 'started');
  let drainMs = eventDrainMs;
  try {
    await Promise.race([kube.watch.synced(), aborted(signal)]);
    if (!signal.aborted) await leadInTurn(parts, { metrics, health, statusPage }, kube, signal);
  } catch (thrown) {
    // Another may lead soon: gone at once, with whatever is still under way.
    if (thrown instanceof LeaseLostError) drainMs = 0;
    throw thrown;
  } finally {
    background.abort();
    await statusPage?.close();
    await kube.events.drain(drainMs);
    await Promise.all([watching, beating]);
    await kube.server.close();
    await server.close();
  }
}

/** Who tells how it goes. */
interface Told {
  readonly metrics: Metrics;
  readonly health: Health;
  readonly statusPage: StatusPage | undefined;
}

async function leadInTurn(
  parts: AppParts,
  { metrics, health, statusPage }: Told,
  kube: Kube,
  signal: AbortSignal,
): Promise<void> {
  const { settings, log, clock, random, identity } = parts;
  const lead = async (term: AbortSignal): Promise<void> => {
    metrics.kube.setLeader(true);
    log.info({ identity }, 'leading');
    const clusterId = await identifyCluster(parts, kube, term);
    if (clusterId === undefined) return;
    const hosts = buildHosts(parts, metrics);
    await hosts.file?.read();
    const controller = buildController(parts, metrics, kube, { hosts, clusterId });
    hosts.inventory.onChange((changed) => {
      controller.hostsChanged(changed);
    });
    watchHosts(parts, { metrics, health }, kube, { hosts, controller });
    statusPage?.lead({ hosts, controller, clusterId }, term);
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
      kube.events.record(lease, eventOf('LeaderElection', message));
    },
    onProblem: (error) => {
      log.warn({ err: error }, 'lease not written');
    },
  });
  metrics.kube.readTransitionsFrom(name, () => election.transitions);
  statusPage?.readLeaderFrom(() => election.leader);
  await election.run(lead, signal);
}

/** @returns undefined when the term is over before the API server has answered */
function identifyCluster(
  { clock, random, log }: AppParts,
  { api }: Kube,
  signal: AbortSignal,
): Promise<string | undefined> {
  return untilAnswered(() => api.getNamespaceUid('kube-system', signal), {
    ...{ clock, random, signal },
    onFailure: (error, retryInMs) => {
      log.warn({ err: error, retryInMs: Math.round(retryInMs) }, 'cluster not identified yet');
    },
  });
}
