import { compare, round } from './comparison.ts';
import type { CpuShares } from './cpu-shares.ts';
import type { Results } from './results.ts';

const heads = ['figure', 'target', 'product', '', 'peer', 'ratio'];

/** For people at a terminal. */
export function resultsText({ amounts, ...recorded }: Results): string {
  const rows = compare(recorded, amounts).map((row) => [
    row.label.replaceAll('`', ''),
    row.target,
    row.product,
    row.verdict,
    row.peer,
    row.ratio,
  ]);
  const bursts = Object.entries(recorded.bursts).map(
    ([of, shares]) => `\nCPU seconds during a burst of the ${of}:\n${columns(burstRows(shares))}`,
  );
  const notes = recorded.notes.map((note) => `\n${note}`);
  return `${columns([heads, ...rows])}${bursts.join('')}${notes.join('')}\n`;
}

/** Who took how many seconds, most first; then what was left over. */
export function burstRows({ wallS, seconds, idleS, stolenS }: CpuShares): string[][] {
  const taken = Object.entries(seconds).map(([who, count]) => [who, round(count)]);
  return [
    ...taken,
    ['nobody', round(idleS)],
    ['other machines, by the hypervisor', round(stolenS)],
    ['time that passed', round(wallS)],
  ];
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, index) =>
    Math.max(...rows.map((row) => (row[index] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return `${rows.map(line).join('\n')}\n`;
}
