import type { Terminal } from '../cli-world.ts';
import type { OutputFormat } from '../listing.ts';
import { print } from '../listing.ts';
import { printable } from '../printable.ts';
import { table } from '../table.ts';
import type { Finding, State } from './finding.ts';
import { states } from './finding.ts';

/** All findings in the format that was asked for; for people with what to do, and a line that sums it up. */
export function report(
  terminal: Terminal,
  output: OutputFormat,
  findings: readonly Finding[],
): void {
  if (output === 'table' || output === 'wide') {
    terminal.write(sheet(findings, terminal));
    return;
  }
  print(terminal, output, {
    items: output === 'name' ? findings.filter(isBad) : findings,
    columns: [],
    fieldsOf: ({ where, check, subject, state, seen, todo, code }) => ({
      ...{ where, check, subject, state, seen, todo, code },
    }),
    nameOf: nameOf,
    empty: '',
  });
}

/** `storage-1/parent/tank/kubernetes` */
function nameOf({ where, check, subject }: Finding): string {
  return [where, check, ...(subject === undefined ? [] : [subject])].join('/');
}

function isBad({ state }: Finding): boolean {
  return state === 'fail' || state === 'warn';
}

const colours: Readonly<Record<State, string>> = { ok: '32', warn: '33', fail: '31', skipped: '2' };

/** A row for each check; what is wrong is told in full below its row. */
function sheet(findings: readonly Finding[], { columns, hasColour }: Terminal): string {
  const rows = table(
    [
      { header: 'STATE', of: ({ state }) => state },
      { header: 'WHERE', of: ({ where }) => where },
      { header: 'CHECK', of: ({ check }) => check },
      { header: 'OF', of: ({ subject }) => subject ?? '-' },
      { header: 'SEEN', of: (finding) => (isBad(finding) ? '' : finding.seen) },
    ],
    findings,
    { columns, hasColour },
  ).split('\n');
  const [header = '', ...lines] = rows;
  const told = findings.flatMap((finding, at) => {
    const line = (lines[at] ?? '').trimEnd();
    const row = hasColour ? painted(line, finding.state) : line;
    return isBad(finding) ? [row, ...detailsOf(finding, columns)] : [row];
  });
  return [header, ...told, '', summaryOf(findings), ''].join('\n');
}

function painted(line: string, state: State): string {
  return `\u001b[${colours[state]}m${state}\u001b[0m${line.slice(state.length)}`;
}

function detailsOf({ seen, todo, code }: Finding, columns: number | undefined): readonly string[] {
  const known = code === undefined ? '' : ` (${code})`;
  return [
    ...wrapped(`seen:  ${printable(seen)}${known}`, columns),
    ...(todo === undefined ? [] : wrapped(`to do: ${printable(todo)}`, columns)),
  ];
}

const indent = '      ';

function wrapped(text: string, columns: number | undefined): readonly string[] {
  if (columns === undefined) return [`${indent}${text}`];
  const room = Math.max(40, columns - indent.length);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(last === undefined ? word : `       ${word}`);
  }
  return lines.map((line) => `${indent}${line}`);
}

/** `3 failed, 1 warning, 34 ok` */
export function summaryOf(findings: readonly Finding[]): string {
  const count = Object.fromEntries(
    states.map((state) => [state, findings.filter((each) => each.state === state).length]),
  ) as Readonly<Record<State, number>>;
  const parts = [
    ...(count.fail > 0 ? [`${count.fail} failed`] : []),
    ...(count.warn > 0 ? [`${count.warn} warning${count.warn === 1 ? '' : 's'}`] : []),
    `${count.ok} ok`,
    ...(count.skipped > 0 ? [`${count.skipped} skipped`] : []),
  ];
  return parts.join(', ');
}
