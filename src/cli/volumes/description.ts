import type { EventView, FindingView } from '../../overview/views.ts';
import type { Terminal } from '../cli-world.ts';
import { isoTime, span } from '../figures.ts';
import { documentOf } from '../listing.ts';
import type { OutputFormat } from '../listing.ts';
import { printable } from '../printable.ts';
import { table } from '../table.ts';
import type { Column } from '../table.ts';
import { bothSides } from './both-sides.ts';
import type { Side } from './both-sides.ts';
import type { Described } from './described.ts';
import { volumeFields } from './volume-list.ts';

export function printDescription(
  described: Described,
  { terminal, output, nowMs }: { terminal: Terminal; output: OutputFormat; nowMs: number },
): void {
  if (output === 'json' || output === 'yaml') {
    terminal.write(documentOf(fieldsOf(described, nowMs), output));
  } else if (output === 'name') {
    terminal.write(`${nameOf(described)}\n`);
  } else {
    for (const part of partsOf(described, terminal, nowMs)) terminal.write(part);
  }
}

function nameOf({ view, claim }: Described): string {
  if (view !== undefined) return view.volume;
  return claim === undefined ? '' : `${claim.metadata.namespace}/${claim.metadata.name}`;
}

/** For programs: docs/kubectl-zfs.md promises them. */
function fieldsOf(described: Described, nowMs: number): object {
  const { view, claim, findings, events, pool } = described;
  return {
    ...(view !== undefined && volumeFields(view)),
    ...(view === undefined &&
      claim !== undefined && {
        claim: { namespace: claim.metadata.namespace, name: claim.metadata.name },
        phase: claim.status?.phase,
        storageClass: claim.spec.storageClassName,
      }),
    sides: bothSides(described, nowMs),
    pool,
    findings,
    ...(events !== undefined && {
      events: events.map(({ atMs, ...event }) => ({ at: isoTime(atMs), ...event })),
    }),
  };
}

function* partsOf(described: Described, terminal: Terminal, nowMs: number): Generator<string> {
  const { findings, events } = described;
  const sides = bothSides(described, nowMs);
  if (sides.length > 0) yield table(sideColumns, sides, terminal);
  else yield* claimPart(described);
  yield '\n';
  if (findings.length > 0) yield table(findingColumns, findings, terminal);
  else if (sides.length > 0 && described.hostUnknown === undefined) {
    yield 'It is as it was promised.\n';
  }
  if (events === undefined) return;
  yield '\n';
  if (events.length === 0) yield 'There are no events of it.\n';
  else yield table(eventColumns(nowMs), events, terminal);
}

function* claimPart({ claim }: Described): Generator<string> {
  if (claim === undefined) return;
  const { metadata, spec, status } = claim;
  const asked = spec.resources?.requests?.storage ?? 'nothing';
  yield (
    printable(
      `claim ${metadata.namespace}/${metadata.name} is ${status?.phase ?? 'Pending'}: it asks class ${spec.storageClassName ?? '(none)'} for ${asked}, and has no volume`,
    ) + '\n'
  );
}

const sideColumns: readonly Column<Side>[] = [
  { header: ' ', of: ({ differs }) => (differs ? '!' : ' ') },
  { header: 'WHAT', of: ({ what }) => what },
  { header: 'THE CLUSTER SAYS', of: ({ cluster }) => cluster, yields: 1 },
  { header: 'THE HOST HAS', of: ({ host }) => host, yields: 1 },
];

const findingColumns: readonly Column<FindingView>[] = [
  { header: 'DRIFT', of: ({ kind }) => kind },
  { header: 'EXPECTED', of: ({ expected }) => expected ?? '-', yields: 2 },
  { header: 'ACTUAL', of: ({ actual }) => actual ?? '-', yields: 2 },
  { header: 'REMEDY', of: ({ remedy }) => remedy ?? '-', yields: 1 },
];

function eventColumns(nowMs: number): readonly Column<EventView>[] {
  return [
    { header: 'SEEN', of: ({ atMs }) => `${span(nowMs - atMs)} ago` },
    { header: 'TYPE', of: ({ type }) => type, yields: 1 },
    { header: 'REASON', of: ({ reason }) => reason, yields: 1 },
    { header: 'OF', of: ({ kind }) => kind, yields: 3 },
    { header: 'COUNT', of: ({ count }) => String(count), align: 'right', yields: 3 },
    { header: 'MESSAGE', of: ({ message }) => message, yields: 2, cutAt: 'end' },
  ];
}
