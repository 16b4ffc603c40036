import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { FakeKubeServer, eventually, status } from '../../test/support/fake-kube-server.ts';
import type { ApiServer } from './api-server.ts';
import { ApiTransport } from './api-transport.ts';
import { LeaseElection } from './lease-election.ts';
import type { LeaseSpec } from './lease.ts';

const LEASES = '/apis/coordination.k8s.io/v1/leases';

/** One replica that leads until told to stop, then drains until told to finish. */
class Replica {
  readonly election: LeaseElection;
  readonly stop = new AbortController();
  readonly problems: unknown[] = [];
  readonly transitions: string[] = [];
  term: AbortSignal | undefined;
  finish: (failure?: Error) => void = () => undefined;
  outcome: unknown = 'running';
  /** Requests that have begun and not ended. */
  underway = 0;
  readonly ended: Promise<void>;

  constructor(identity: string, server: ApiServer, clock: FakeClock) {
    this.election = new LeaseElection({
      transport: new ApiTransport({
        server: {
          ...server,
          access: () => {
            this.underway += 1;
            return server.access();
          },
        },
        clock,
        userAgent: 'test',
        onRequest: () => {
          this.underway -= 1;
        },
      }),
      clock,
      random: () => 0.5,
      lease: { namespace: 'zfs', name: 'provisioner' },
      identity,
      onProblem: (thrown) => this.problems.push(thrown),
      onTransition: (_lease, message) => this.transitions.push(message),
    });
    const lead = (signal: AbortSignal): Promise<void> => {
      this.term = signal;
      return new Promise((resolve, reject) => {
        this.finish = (failure) => {
          if (failure === undefined) resolve();
          else reject(failure);
        };
      });
    };
    this.ended = this.election.run(lead, this.stop.signal).then(
      () => {
        this.outcome = 'ended';
      },
      (thrown: unknown) => {
        this.outcome = thrown;
      },
    );
  }
}

describe('lease election', () => {
  let fake: FakeKubeServer;
  let servers: ApiServer[];
  let replicas: Replica[];
  let clock: FakeClock;

  beforeEach(async () => {
    fake = await FakeKubeServer.start();
    clock = new FakeClock();
    servers = [];
    replicas = [];
  });

  afterEach(async () => {
    fake.intercept = () => undefined;
    for (const replica of replicas) {
      replica.stop.abort();
      replica.finish();
    }
    await Promise.all(replicas.map(({ ended }) => ended));
    await Promise.all(servers.map((server) => server.close()));
    await fake.close();
  });

  const start = (identity: string): Replica => {
    const server = fake.connect();
    servers.push(server);
    const replica = new Replica(identity, server, clock);
    replicas.push(replica);
    return replica;
  };
  const startLeader = async (identity: string): Promise<Replica> => {
    const replica = start(identity);
    await eventually(() => replica.election.isLeader);
    return replica;
  };
  const startCandidate = async (identity: string): Promise<Replica> => {
    const replica = start(identity);
    await eventually(() => replica.election.leader !== undefined);
    return replica;
  };
  const spec = (): LeaseSpec => fake.get(LEASES, 'provisioner', 'zfs')?.['spec'] as LeaseSpec;
  const underway = (): number => replicas.reduce((sum, replica) => sum + replica.underway, 0);
  /** Steps the time; it stands still while requests are answered, however slow the machine is. */
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 100) {
      await clock.advance(100);
      await eventually(() => underway() <= fake.hanging);
    }
  };
  const passUntil = async (condition: () => boolean): Promise<number> => {
    const startedMs = clock.monotonicMs();
    while (!condition() && clock.monotonicMs() - startedMs < 60_000) await pass(100);
    return clock.monotonicMs() - startedMs;
  };

  it('takes a lease that nobody has made', async () => {
    const replica = await startLeader('a');

    expect(spec()).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    expect(replica.election.leader).toBe('a');
    expect(replica.transitions).toEqual(['a became leader']);
  });

  it('renews every two seconds and keeps the time of acquisition', async () => {
    await startLeader('a');

    await pass(4400);

    expect(spec()).toMatchObject({
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:04.000000Z',
      leaseTransitions: 0,
    });
  });

  it('renews without reading what it wrote itself', async () => {
    await startLeader('a');
    const before = fake.requests.length;

    await pass(20_400);

    const methods = fake.requests.slice(before).map(({ method }) => method);
    expect(methods).toEqual(Array.from({ length: 10 }, () => 'PUT'));
  });

  it('reads its lease when a renewal got through and its answer did not', async () => {
    const a = await startLeader('a');
    fake.intercept = ({ method, body }) => {
      if (method !== 'PUT') return undefined;
      const { spec: written } = body as { spec: LeaseSpec };
      fake.put(LEASES, {
        metadata: { name: 'provisioner', namespace: 'zfs' },
        spec: { ...written },
      });
      fake.intercept = () => undefined;
      return 'destroy';
    };

    await pass(4400);

    expect(spec()).toMatchObject({ holderIdentity: 'a', renewTime: '2026-01-01T00:00:04.000000Z' });
    expect(a.problems).toHaveLength(1);
    expect(a.outcome).toBe('running');
  });

  it('lets one lead and the other wait', async () => {
    const a = await startLeader('a');
    const b = await startCandidate('b');

    await pass(40_000);

    expect(a.election.isLeader).toBe(true);
    expect(b.election.isLeader).toBe(false);
    expect(b.election.leader).toBe('a');
    expect([...a.problems, ...b.problems]).toEqual([]);
  });

  it('has a successor within 5 s of a clean stop, and never two leaders', async () => {
    const a = await startLeader('a');
    const b = await startCandidate('b');
    a.stop.abort();
    await pass(8000);
    expect(a.term?.aborted).toBe(true);
    expect(b.election.isLeader).toBe(false);

    a.finish();
    await a.ended;
    expect(a.outcome).toBe('ended');
    const waitedMs = await passUntil(() => b.election.isLeader);

    expect(waitedMs).toBeLessThan(5000);
    expect(spec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    expect(b.election.transitions).toBe(1);
    expect(a.transitions).toEqual(['a became leader', 'a stopped leading']);
  });

  it('releases the lease by naming nobody, for one second', async () => {
    const a = await startLeader('a');

    a.stop.abort();
    a.finish();
    await a.ended;

    expect(spec()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    expect(a.election.leader).toBeUndefined();
    expect(a.election.isLeader).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('has a successor within 20 s of a kill', async () => {
    const metadata = { name: 'provisioner', namespace: 'zfs' };
    const held = { holderIdentity: 'dead', leaseDurationSeconds: 15 };
    fake.put(LEASES, { metadata, spec: { ...held, renewTime: 'just now' } });
    const b = await startCandidate('b');
    await pass(2100);
    fake.put(LEASES, { metadata, spec: { ...held, renewTime: 'last breath' } });

    const waitedMs = await passUntil(() => b.election.isLeader);

    expect(waitedMs).toBeGreaterThanOrEqual(15_000);
    expect(waitedMs).toBeLessThan(20_000);
  });

  it.each([
    ['refuses', status(500, 'InternalError', 'no')],
    ['hangs', 'hang' as const],
    ['cuts connections', 'destroy' as const],
  ])('steps down at the renew deadline when the server %s', async (_name, reply) => {
    const a = await startLeader('a');
    fake.intercept = () => reply;

    await pass(9800);
    expect(a.outcome).toBe('running');
    expect(a.term?.aborted).toBe(false);
    await pass(300);

    expect(a.term?.aborted).toBe(true);
    expect(a.outcome).toMatchObject({ name: 'LeaseLostError' });
    expect(a.election.isLeader).toBe(false);
    expect(a.problems.length).toBeGreaterThan(0);
  });

  it('outlives an outage that is shorter than the renew deadline', async () => {
    const a = await startLeader('a');
    fake.intercept = () => status(503, 'ServiceUnavailable', 'restarting');
    await pass(7000);
    fake.intercept = () => undefined;

    await pass(20_000);

    expect(a.outcome).toBe('running');
    expect(a.election.isLeader).toBe(true);
  });

  it('steps down at once when another has the lease', async () => {
    const a = await startLeader('a');
    fake.put(LEASES, {
      metadata: { name: 'provisioner', namespace: 'zfs' },
      spec: { ...spec(), holderIdentity: 'usurper' },
    });

    await pass(2200);

    expect(a.outcome).toMatchObject({ name: 'LeaseLostError' });
    expect(a.term?.aborted).toBe(true);
    expect(spec().holderIdentity).toBe('usurper');
  });

  it('makes the lease again when somebody deletes it', async () => {
    const a = await startLeader('a');
    fake.remove(LEASES, 'provisioner', 'zfs');

    await pass(2200);

    expect(spec().holderIdentity).toBe('a');
    expect(a.outcome).toBe('running');
  });

  it('lets exactly one of several take a free lease', async () => {
    const many = ['a', 'b', 'c', 'd'].map(start);

    await pass(8000);

    expect(many.filter(({ election }) => election.isLeader)).toHaveLength(1);
    expect(many.flatMap(({ problems }) => problems)).toEqual([]);
  });

  it('passes on what the work throws, after releasing', async () => {
    const a = await startLeader('a');

    a.finish(new Error('work broke'));
    await a.ended;

    expect(a.outcome).toMatchObject({ message: 'work broke' });
    expect(spec().holderIdentity).toBe('');
  });

  it('releases although a renewal has come in between', async () => {
    const a = await startLeader('a');
    let puts = 0;
    fake.intercept = ({ method }) => {
      if (method === 'PUT' && ++puts === 1) {
        fake.put(LEASES, { metadata: { name: 'provisioner', namespace: 'zfs' }, spec: spec() });
      }
      return undefined;
    };

    a.finish();
    await a.ended;

    expect(spec().holderIdentity).toBe('');
    expect(a.problems).toEqual([]);
  });

  it('ends without leading when stopped while it waits', async () => {
    await startLeader('a');
    const b = await startCandidate('b');

    b.stop.abort();
    await b.ended;

    expect(b.outcome).toBe('ended');
    expect(b.term).toBeUndefined();
    expect(spec().holderIdentity).toBe('a');
  });

  it('keeps no lease when stopped in the moment of taking it', async () => {
    let stop = (): void => undefined;
    fake.intercept = ({ method }) => {
      if (method === 'POST') stop();
      return undefined;
    };
    const a = start('a');
    stop = () => {
      a.stop.abort();
    };

    await a.ended;

    expect(a.term).toBeUndefined();
    expect(spec().holderIdentity).toBe('');
  });
});
