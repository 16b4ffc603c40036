import { Gauge, type Registry } from 'prom-client';

import { counter, histogram } from './instruments.ts';

export interface ExecReport {
  readonly host: string;
  readonly verb: string;
  /** `never-started`: safe to repeat. `unknown`: it was started and its end was not seen. */
  readonly result: 'ok' | 'failed' | 'never-started' | 'unknown';
  readonly durationMs: number;
  /** Before that: queued behind others, or for the connection. */
  readonly waitedMs: number;
}

export interface HostState {
  readonly host: string;
  readonly connected: boolean;
  readonly breaker: 'closed' | 'half-open' | 'open';
  readonly running: number;
  readonly queued: number;
}

export interface HostMetrics {
  readonly execFinished: (report: ExecReport) => void;
  /** `code`: of the error. */
  readonly dialFailed: (labels: { readonly host: string; readonly code: string }) => void;
  /** Whether the hosts file, as it is now, was taken. */
  readonly hostsFileRead: (isTaken: boolean) => void;
  /** Where the state of the hosts is read at each scrape. */
  readonly readStateFrom: (hosts: () => Iterable<HostState>) => void;
}

const breakerNumbers = { closed: 0, 'half-open': 1, open: 2 } as const;

const stateGauges: readonly {
  readonly name: string;
  readonly help: string;
  readonly valueOf: (state: HostState) => number;
}[] = [
  {
    name: 'zfs_provisioner_ssh_connected',
    help: 'Whether there is a connection to the host (1) or not (0).',
    valueOf: ({ connected }) => Number(connected),
  },
  {
    name: 'zfs_provisioner_ssh_breaker_state',
    help: 'Whether the host is talked to: 0 closed (yes), 1 half-open (one probe), 2 open (no).',
    valueOf: ({ breaker }) => breakerNumbers[breaker],
  },
  {
    name: 'zfs_provisioner_ssh_execs_running',
    help: 'Commands that run on the host now.',
    valueOf: ({ running }) => running,
  },
  {
    name: 'zfs_provisioner_ssh_execs_queued',
    help: 'Commands that wait for a channel now.',
    valueOf: ({ queued }) => queued,
  },
];

function hostsFileMetrics(registry: Registry): HostMetrics['hostsFileRead'] {
  const loads = counter(
    registry,
    'zfs_provisioner_hosts_file_loads_total',
    ['result'],
    'How often the hosts file was new: taken, or refused because something in it is wrong.',
  );
  const isInForce = new Gauge({
    name: 'zfs_provisioner_hosts_file_taken',
    help: 'Whether the hosts file is in force as it is now (1), or an earlier one is (0); 1 without a file.',
    registers: [registry],
  });
  isInForce.set(1);
  return (isTaken) => {
    loads.inc({ result: isTaken ? 'taken' : 'refused' });
    isInForce.set(Number(isTaken));
  };
}

function dialMetrics(registry: Registry): HostMetrics['dialFailed'] {
  const failures = counter(
    registry,
    'zfs_provisioner_ssh_dial_failures_total',
    ['host', 'code'],
    'Attempts to connect to a host that failed, by the code of the error (docs/errors.md).',
  );
  return ({ host, code }) => {
    failures.inc({ host, code });
  };
}

export function hostMetrics(registry: Registry): HostMetrics {
  const execs = counter(
    registry,
    'zfs_provisioner_ssh_execs_total',
    ['host', 'verb', 'result'],
    'Commands on a host, by how they ended: ok, failed, never-started, unknown.',
  );
  const durations = histogram(
    registry,
    'zfs_provisioner_ssh_exec_duration_seconds',
    ['host', 'verb'],
    'How long commands on a host took.',
  );
  const waits = histogram(
    registry,
    'zfs_provisioner_ssh_exec_wait_seconds',
    ['host'],
    'How long commands waited for a channel or the connection.',
  );
  let hosts: () => Iterable<HostState> = () => [];
  for (const { name, help, valueOf } of stateGauges) {
    new Gauge({
      name,
      help,
      labelNames: ['host'],
      registers: [registry],
      collect() {
        this.reset();
        for (const state of hosts()) this.set({ host: state.host }, valueOf(state));
      },
    });
  }
  return {
    execFinished: ({ host, verb, result, durationMs, waitedMs }) => {
      execs.inc({ host, verb, result });
      durations.observe({ host, verb }, durationMs / 1000);
      waits.observe({ host }, waitedMs / 1000);
    },
    dialFailed: dialMetrics(registry),
    hostsFileRead: hostsFileMetrics(registry),
    readStateFrom: (source) => {
      hosts = source;
    },
  };
}
