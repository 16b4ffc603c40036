import type { Clock } from '../clock.ts';
import { pageOf, queryProblems } from '../overview/page.ts';
import type { Page, PageQuery, SummaryView, Tables, VolumeDetails } from '../overview/views.ts';
import { NotLeadingError, QueryError } from './console-errors.ts';
import type { Knowledge } from './knowledge.ts';
import type { ConsoleReads, TableName } from './reads.ts';
import { shapes } from './shapes.ts';

interface Parts {
  readonly knowledge: Knowledge;
  readonly instance: string;
  readonly version: string;
  /** This replica. */
  readonly replica: string;
  readonly startedAtMs: number;
  /** Who leads, as far as this replica knows. */
  readonly leader: () => string | undefined;
  /** Volumes whose destruction waits for a person. */
  readonly held: () => number;
  readonly clock: Clock;
}

/** Answers from what is known. */
export class KnownReads implements ConsoleReads {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  summary(): SummaryView {
    const { instance, version, replica, startedAtMs, knowledge, leader, held, clock } = this.#parts;
    const { rows, term } = knowledge;
    const leads = leader();
    return {
      ...{ instance, version, replica, startedAtMs, nowMs: clock.nowMs() },
      ...{ isLeader: term !== undefined, held: held() },
      ...(leads !== undefined && { leader: leads }),
      hosts: rows.hosts().length,
      volumes: rows.volumes().length,
      waiting: rows.waiting().length,
      findings: rows.findings().length,
      trash: rows.trash().length,
      namespaces: this.#namespaces(),
    };
  }

  table<N extends TableName>(name: N, query: PageQuery): Page<Tables[N]> {
    const { knowledge, leader } = this.#parts;
    const shape = shapes[name];
    const problems = queryProblems(shape, query);
    if (problems.length > 0) throw new QueryError(problems);
    const isKnown = name === 'volumes' || knowledge.term !== undefined;
    if (!isKnown) throw new NotLeadingError(leader());
    return pageOf(knowledge.rows[name](), shape, query);
  }

  volume(name: string): VolumeDetails | undefined {
    const { knowledge } = this.#parts;
    const view = knowledge.rows.volumes().find(({ volume }) => volume === name);
    if (view === undefined) return undefined;
    const events = knowledge.eventsAbout((event) =>
      event.kind === 'PersistentVolumeClaim'
        ? event.name === view.claim && event.namespace === view.namespace
        : event.kind === 'PersistentVolume' && event.name === name,
    );
    const findings = knowledge.rows.findings().filter(({ volume }) => volume === name);
    return { ...view, events, findings };
  }

  #namespaces(): readonly string[] {
    const { rows } = this.#parts.knowledge;
    const names = new Set<string>();
    for (const each of [...rows.volumes(), ...rows.waiting(), ...rows.trash()]) {
      if (each.namespace !== undefined) names.add(each.namespace);
    }
    return [...names].sort();
  }
}
