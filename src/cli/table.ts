import { printable } from './printable.ts';

export interface Column<T> {
  readonly header: string;
  readonly of: (item: T) => string;
  readonly align?: 'right';
}

interface Paper {
  /** Undefined: as wide as it takes. */
  readonly columns: number | undefined;
  readonly hasColour: boolean;
}

const gap = '  ';
/** A column is cut to no less. */
const minWidth = 8;

/** Rows below a header. On a terminal that is too narrow the widest columns are cut in their middle. */
export function table<T>(columns: readonly Column<T>[], items: readonly T[], paper: Paper): string {
  const rows = items.map((item) => columns.map(({ of }) => printable(of(item))));
  const header = columns.map((column) => column.header);
  const natural = columns.map((_, at) =>
    Math.max(...[header, ...rows].map((row) => (row[at] ?? '').length)),
  );
  const widths = fit(natural, paper.columns);
  const line = (cells: readonly string[]): string[] =>
    cells.map((cell, at) =>
      padded(cut(cell, widths[at] ?? 0), widths[at] ?? 0, columns[at]?.align),
    );
  const text = [header, ...rows].map((row) => line(row).join(gap).trimEnd());
  const [first = '', ...others] = text;
  return [paper.hasColour ? `\u001b[1m${first}\u001b[22m` : first, ...others, ''].join('\n');
}

function fit(natural: readonly number[], columns: number | undefined): readonly number[] {
  const widths = [...natural];
  if (columns === undefined) return widths;
  const room = columns - gap.length * (widths.length - 1);
  while (widths.reduce((sum, width) => sum + width, 0) > room) {
    const widest = Math.max(...widths);
    if (widest <= minWidth) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

/** Of a dataset's name both ends tell more than the middle. */
function cut(cell: string, width: number): string {
  if (cell.length <= width) return cell;
  const head = Math.floor((width - 1) / 3);
  return `${cell.slice(0, head)}…${cell.slice(cell.length - (width - 1 - head))}`;
}

function padded(cell: string, width: number, align: 'right' | undefined): string {
  return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
}
