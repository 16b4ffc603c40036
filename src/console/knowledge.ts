import type { Clock } from '../clock.ts';
import type { Store } from '../kube/store.ts';
import { findingViews } from '../overview/finding-views.ts';
import { hostView } from '../overview/host-views.ts';
import { poolViews } from '../overview/pool-views.ts';
import { present } from '../overview/present.ts';
import { trashViews } from '../overview/trash-views.ts';
import type { EventView, HostView, Tables, VolumeView } from '../overview/views.ts';
import { volumeViewer } from '../overview/volume-views.ts';
import type { Comparison } from '../provisioner/comparison.ts';
import type { HostUsage } from '../provisioner/provisioner.ts';
import type { Claim, Volume } from '../volume/objects.ts';
import { Cached } from './cached.ts';
import type { Changes } from './changes.ts';
import type { HiddenNamespaces } from './hidden-namespaces.ts';
import { HostSights } from './host-sights.ts';
import { Latencies } from './latencies.ts';
import type { RecordedEvent } from './recent-events.ts';
import { RecentEvents } from './recent-events.ts';
import type { TableName } from './reads.ts';
import type { Term } from './term.ts';
import { veiledFinding, veiledTrash, veiledVolume, veiledWaiting } from './veil.ts';
import { VolumeNamespaces } from './volume-namespaces.ts';

export interface KnowledgeParts {
  readonly instance: string;
  readonly volumes: Store<Volume>;
  readonly claims: Pick<Store<Claim>, 'onChange'>;
  readonly hidden: HiddenNamespaces;
  readonly changes: Changes;
  readonly clock: Clock;
}

type Rows = { readonly [N in TableName]: () => readonly Tables[N][] };

const keptEvents = 1000;

/** All that this replica knows, as rows without what is hidden. */
export class Knowledge {
  /** Undefined: another replica leads, or nobody does. */
  term: Term | undefined;
  readonly rows: Rows;
  readonly #parts: KnowledgeParts;
  readonly #sights = new HostSights();
  readonly #latencies = new Latencies();
  readonly #events: RecentEvents;
  /** What a volume looks like, until hosts were looked at again. */
  readonly #viewer = new Cached(() => this.#memoizedViewer());
  readonly #volumes = new Cached(() => this.#volumeRows());
  readonly #trash = new Cached(() => this.#trashRows());
  readonly #findings = new Cached(() => this.#findingRows());

  constructor(parts: KnowledgeParts) {
    const { volumes, claims, hidden, changes } = parts;
    const namespaces = new VolumeNamespaces(volumes);
    const namespaceOfVolume = namespaces.of;
    this.#parts = parts;
    this.#events = new RecentEvents({ capacity: keptEvents, hidden, namespaceOfVolume });
    this.rows = {
      hosts: () => this.#hostRows(),
      pools: () => poolViews(this.#sights.usages),
      volumes: () => this.#volumes.value,
      waiting: () => this.#waitingRows(),
      events: () => this.#events.all,
      trash: () => this.#trash.value,
      findings: () => this.#findings.value,
    };
    volumes.onChange(() => {
      this.#volumes.forget();
      changes.tell('volumes', 'waiting');
    });
    claims.onChange(() => {
      changes.tell('waiting');
    });
  }

  lead(term: Term): void {
    this.term = term;
    this.#hostsChanged();
  }

  rest(): void {
    this.term = undefined;
    this.#sights.clear();
    this.#hostsChanged();
  }

  surveyed(host: string, usage: HostUsage): void {
    this.#sights.surveyed(host, usage, this.#parts.clock.nowMs());
    this.#hostsChanged();
  }

  compared(host: string, comparison: Comparison): void {
    this.#sights.compared(host, comparison);
    this.#hostsChanged();
  }

  /** It did not answer when it was looked at. */
  unseen(host: string): void {
    this.#sights.unseen.add(host);
    this.#parts.changes.tell('hosts');
  }

  breakerChanged(): void {
    this.#parts.changes.tell('hosts');
  }

  execFinished({ host, durationMs, result }: ExecReport): void {
    if (result !== 'never-started') this.#latencies.add(host, durationMs);
    this.#parts.changes.tell('hosts');
  }

  eventRecorded(event: RecordedEvent): void {
    if (this.#events.add(event)) this.#parts.changes.tell('events', 'waiting');
  }

  /** The latest first. */
  eventsAbout(isMeant: (event: EventView) => boolean): readonly EventView[] {
    return this.#events.all.filter(isMeant).toReversed();
  }

  #hostsChanged(): void {
    const { changes } = this.#parts;
    for (const each of [this.#viewer, this.#volumes, this.#trash, this.#findings]) each.forget();
    changes.tell('hosts', 'pools', 'volumes', 'trash', 'findings', 'waiting');
  }

  #volumeRows(): Tables['volumes'][] {
    const viewOf = this.#viewer.value;
    return [...this.#parts.volumes.list()].flatMap((volume) => viewOf(volume) ?? []);
  }

  /** Of ten thousand volumes one changes: the others look as before. */
  #memoizedViewer(): (volume: Volume) => VolumeView | undefined {
    const { instance, hidden } = this.#parts;
    const viewOf = volumeViewer(instance, this.#sights);
    const known = new WeakMap<Volume, VolumeView>();
    return (volume) => {
      const before = known.get(volume);
      if (before !== undefined) return before;
      const view = viewOf(volume);
      if (view === undefined) return undefined;
      const veiled = veiledVolume(view, hidden);
      known.set(volume, veiled);
      return veiled;
    };
  }

  #trashRows(): Tables['trash'][] {
    const { term } = this;
    const views = term === undefined ? [] : trashViews(this.#sights.usages, term.owner);
    return views.map((each) => veiledTrash(each, this.#parts.hidden));
  }

  #findingRows(): Tables['findings'][] {
    const views = findingViews(this.#sights.comparisons);
    return views.map((each) => veiledFinding(each, this.#parts.hidden));
  }

  #waitingRows(): Tables['waiting'][] {
    const work = this.term?.waiting() ?? [];
    return work.map((each) => veiledWaiting(present(each), this.#parts.hidden));
  }

  #hostRows(): HostView[] {
    const { term } = this;
    if (term === undefined) return [];
    const conditions = new Map(term.conditions().map((each) => [each.host, each]));
    const counts = new Map<string, number>();
    for (const { host } of this.#volumes.value) counts.set(host, (counts.get(host) ?? 0) + 1);
    const hung = term.hung();
    const nowMs = this.#parts.clock.nowMs();
    return [...new Set([...term.hosts(), ...this.#sights.usages.keys()])].map((host) => {
      const condition = conditions.get(host);
      return hostView(
        host,
        {
          ...{ condition, latencyMs: this.#latencies.medianMs(host) },
          hung: hung
            .filter((each) => each.host === host)
            .map(({ pool, scripts }) => ({ pool, commands: scripts })),
          lookedAtMs: this.#sights.lookedAtMs.get(host),
          unseen: this.#sights.unseen.has(host) ? reasonOf(condition?.lastFailure) : undefined,
          volumes: counts.get(host) ?? 0,
        },
        nowMs,
      );
    });
  }
}

/** As host/exec-event.ts reports it. */
interface ExecReport {
  readonly host: string;
  readonly durationMs: number;
  readonly result: 'ok' | 'failed' | 'never-started' | 'unknown';
}

function reasonOf(lastFailure = ''): string {
  return lastFailure === '' ? 'it could not be looked at: the log says why' : lastFailure;
}
