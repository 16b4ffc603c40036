import { Attempts } from '../../src/controller/attempts.ts';
import { AutoRepair } from '../../src/controller/auto-repair.ts';
import { ClaimEvents } from '../../src/controller/claim-events.ts';
import { ClaimReconciler } from '../../src/controller/claim-reconciler.ts';
import { Controller } from '../../src/controller/controller.ts';
import { DestroyGuard } from '../../src/controller/destroy-guard.ts';
import { Findings } from '../../src/controller/findings.ts';
import { GrowthReconciler } from '../../src/controller/growth-reconciler.ts';
import { HostFacts } from '../../src/controller/host-facts.ts';
import { Placements } from '../../src/controller/placements.ts';
import type { LoopObserver, Reconciler } from '../../src/controller/reconcile-loop.ts';
import { ClusterNodes } from '../../src/controller/cluster-nodes.ts';
import { NodeExports } from '../../src/controller/node-exports.ts';
import { ReconcileLoop } from '../../src/controller/reconcile-loop.ts';
import { hostsOf } from '../../src/controller/storage-hosts.ts';
import { Survey } from '../../src/controller/survey.ts';
import { TrashSweep } from '../../src/controller/trash-sweep.ts';
import { VolumeReconciler } from '../../src/controller/volume-reconciler.ts';
import type { LogFields, Logger } from '../../src/log.ts';
import type { Zfs } from '../../src/zfs/dataset.ts';
import { HostAccess } from '../../src/provisioner/host-access.ts';
import { Provisioner } from '../../src/provisioner/provisioner.ts';
import { Inventory } from '../../src/provisioner/inventory/inventory.ts';
import type { DriftKind } from '../../src/volume/drift-kinds.ts';
import { instance } from './builders.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { FakeKube } from './fake-kube.ts';
import { MemoryZfs } from './memory-zfs.ts';

export interface WorldOptions {
  readonly allowedParents?: readonly string[];
  readonly allowedHosts?: readonly string[];
  readonly laneWidth?: number;
  readonly surveyIntervalMs?: number;
  readonly delayCapacity?: boolean;
  readonly maxDestroysPerMinute?: number;
  readonly exportToEveryone?: boolean;
  readonly autoRepair?: readonly DriftKind[];
  /** false: no host is surveyed. */
  readonly surveys?: boolean;
  /** Of an earlier world that was killed. */
  readonly kube?: FakeKube;
  /** In place of `world.zfs`. */
  readonly hosts?: Zfs;
  /** Hears every failure that is logged. */
  readonly onFailure?: (error: unknown) => void;
}

/** The controller on fakes: everything real but the API server, the storage hosts and time. */
export class World {
  readonly kube: FakeKube;
  readonly zfs = new MemoryZfs();
  readonly clock = new FakeClock();
  readonly inventory = new Inventory();
  /** Hosts whose breaker is not closed. */
  readonly breakers = new Map<string, { readonly isOpen: boolean }>();
  readonly facts = new HostFacts(this.clock, (host) => this.breakers.get(host));
  /** `Type Reason object: message` */
  readonly events: string[] = [];
  readonly lines: string[] = [];
  readonly counted: string[] = [];
  /** `host, kind count, ...` of each comparison. */
  readonly compared: string[] = [];
  readonly #stop = new AbortController();
  readonly #controller: Controller;
  #running: Promise<void> | undefined;

  constructor(options: WorldOptions = {}) {
    this.kube = options.kube ?? new FakeKube();
    this.#controller = this.#build(options);
  }

  /** Leads from now on, with what is in the stores. */
  async start(): Promise<void> {
    this.#running = this.#controller.run(this.#stop.signal, () => 10_000);
    await settle();
  }

  /** What app.ts does when the inventory is another. */
  hostsChanged(hosts: readonly string[]): void {
    this.#controller.hostsChanged(hosts);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopping'));
    await this.clock.advance(10_000);
    await this.#running;
  }

  #build(options: WorldOptions): Controller {
    const { kube, clock } = this;
    const zfs = options.hosts ?? this.zfs;
    const { claims, volumes, classes } = kube;
    const allowedParents = options.allowedParents ?? [];
    const log = this.#log(options);
    const sink: ConstructorParameters<typeof ClaimEvents>[0] = {
      record: ({ name }, { type, reason, message }) => {
        this.events.push(`${type} ${reason} ${name}: ${message}`);
      },
    };
    const access = new HostAccess(options.allowedHosts ?? [], () =>
      hostsOf(classes, instance, this.inventory).keys(),
    );
    const provisioner = new Provisioner({
      zfs,
      access,
      instance,
      clusterId: 'cluster-1',
      defaultMode: 'g+w',
      nowMs: () => clock.nowMs(),
    });
    const attempts = new Attempts({ provisioner, kube, log });
    const count = this.#count();
    const parts = {
      instance,
      allowedParents,
      claims,
      classes,
      volumes,
      kube,
      provisioner,
      clock,
      log,
    };
    const claimEvents = new ClaimEvents(sink, clock);
    const nodes = new ClusterNodes(kube.nodes);
    const sharing = {
      exportToEveryone: options.exportToEveryone ?? true,
      nodeAddresses: () => nodes.internalAddresses(),
    };
    const random = (): number => 0.5;
    const nodeExports = new NodeExports({ ...parts, sharing, nodes: kube.nodes, random });
    const claimReconciler = new ClaimReconciler({
      ...parts,
      attempts,
      allowedProperties: [],
      spaceLimits: { maxFullnessPercent: undefined, maxOvercommit: undefined },
      inventory: this.inventory,
      placements: new Placements(this.facts, clock),
      ...{ nodes, sharing, nodeExports },
      events: claimEvents,
      observe: count,
    });
    const growthReconciler = new GrowthReconciler({
      ...parts,
      delayCapacity: options.delayCapacity ?? false,
      spaceLimits: { maxFullnessPercent: undefined, maxOvercommit: undefined },
      inventory: this.inventory,
      events: claimEvents,
      observe: count,
    });
    const maxDestroysPerMinute = options.maxDestroysPerMinute ?? 0;
    const guard = new DestroyGuard({
      ...parts,
      maxDestroysPerMinute,
      events: sink,
      observe: count,
    });
    const volumeReconciler = new VolumeReconciler({
      ...parts,
      guard,
      events: sink,
      observe: count,
    });
    const trashSweep = new TrashSweep({
      ...parts,
      ...{ clusterId: 'cluster-1', intervalMs: 60_000, isHeld: () => guard.isTripped },
      observe: {
        trashSeen: (host, trash, expired) => {
          if (trash.length > 0) this.counted.push(`trash ${host} ${trash.length}/${expired}`);
        },
        trashUnseen: () => undefined,
        trashSwept: (host) => this.counted.push(`swept ${host}`),
      },
    });
    const findings = new Findings({
      ...{ volumes, events: sink, log },
      observe: (host, { drifted, missing, retained, strangers }) => {
        const kinds = [...drifted].flatMap(([kind, count]) =>
          count > 0 ? [`${kind} ${count}`] : [],
        );
        const others = Object.entries({ missing, retained, strangers }).flatMap(([name, count]) =>
          count > 0 ? [`${name} ${count}`] : [],
        );
        this.compared.push([host, ...kinds, ...others].join(', '));
      },
    });
    const autoRepair = new AutoRepair({
      ...parts,
      ...{ kinds: options.autoRepair ?? [], events: sink, random },
      observe: {
        repaired: ({ kind }) => this.counted.push(`repaired ${kind}`),
        repairFailed: ({ kind }) => this.counted.push(`repair failed ${kind}`),
      },
    });
    const survey = new Survey({
      ...parts,
      classes: options.surveys === false ? new FakeKube().classes : classes,
      attempts,
      inventory: this.inventory,
      facts: this.facts,
      clusterId: 'cluster-1',
      graceMs: 600_000,
      intervalMs: options.surveyIntervalMs ?? 60_000,
      observe: {
        surveyed: (host, usage) => {
          this.counted.push(`surveyed ${host}`);
          trashSweep.surveyed(host, usage);
        },
        unreachable: (host) => this.counted.push(`unreachable ${host}`),
        compared: (host, comparison, signal) => {
          findings.compared(host, comparison);
          void autoRepair.compared(host, comparison, signal);
        },
        orphans: (host, found) => this.counted.push(`orphans ${host} ${found}`),
      },
    });
    const loop = (name: string, reconciler: Reconciler): ReconcileLoop =>
      new ReconcileLoop({
        name,
        reconciler,
        laneWidth: options.laneWidth ?? 8,
        waitingNoticeMs: 30_000,
        clock,
        random,
        log,
        observe: silent,
      });
    return new Controller({
      ...parts,
      claimLoop: loop('claims', claimReconciler),
      volumeLoop: loop('volumes', volumeReconciler),
      growthLoop: loop('growths', growthReconciler),
      ...{ survey, trashSweep, nodeExports },
    });
  }

  #log({ onFailure }: WorldOptions): Logger {
    const line =
      (level: string) =>
      (fields: LogFields, message: string): void => {
        const { code, reason } = fields as { readonly code?: string; readonly reason?: string };
        if ('err' in fields) onFailure?.(fields['err']);
        this.lines.push(`${level} ${message} ${code ?? reason ?? ''}`);
      };
    return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  }

  #count() {
    return {
      provisionSucceeded: () => this.counted.push('provision succeeded'),
      provisionFailed: () => this.counted.push('provision failed'),
      deleteSucceeded: () => this.counted.push('delete succeeded'),
      deleteFailed: () => this.counted.push('delete failed'),
      destroysHeld: (volumes: number) => this.counted.push(`held ${volumes}`),
      guardTripped: () => this.counted.push('guard tripped'),
      growthSucceeded: () => this.counted.push('growth succeeded'),
      growthFailed: () => this.counted.push('growth failed'),
    };
  }
}

const nothing = (): void => undefined;
const silent: LoopObserver = {
  added: nothing,
  setDepth: nothing,
  started: nothing,
  finished: nothing,
  retried: nothing,
  failed: nothing,
  waiting: nothing,
};
