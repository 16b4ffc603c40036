import { printable } from './printable.ts';

export interface Column<T> {
  readonly header: string;
  readonly of: (item: T) => string;
  readonly align?: 'right';
  /** Only with `-o wide`. */
  readonly isWide?: boolean;
  /** Where room is scarce, columns with higher numbers are cut first, and left out first. 0: where it is absent. */
  readonly yields?: number;
  /** Where its cells are cut; absent: in their middle. */
  readonly cutAt?: 'end';
}

interface Paper {
  /** Undefined: as wide as it takes. */
  readonly columns: number | undefined;
  readonly hasColour: boolean;
}

const gap = '  ';
/** A column is cut to no less. */
const minWidth = 8;

/**
 * Rows below a header. On a terminal that is too narrow, columns that yield most are cut first, the widest of them
 * before the others, each cell in its middle; when that is not enough, they are left out. No line is ever wrapped.
 */
export function table<T>(columns: readonly Column<T>[], items: readonly T[], paper: Paper): string {
  const cells = columns.map((column) => [
    column.header,
    ...items.map((item) => printable(column.of(item))),
  ]);
  const natural = cells.map((column) => Math.max(...column.map((cell) => cell.length)));
  const fitted = fitColumns(columns, natural, paper.columns);
  const [first = '', ...others] = Array.from({ length: items.length + 1 }, (_, row) =>
    fitted
      .map(({ at, width }) => shownIn(width, cells[at]?.[row] ?? '', columns[at]))
      .join(gap)
      .trimEnd(),
  );
  return [paper.hasColour ? `\u001b[1m${first}\u001b[22m` : first, ...others, ''].join('\n');
}

/** A column that is shown: which, and how wide. */
interface Fitted {
  readonly at: number;
  readonly width: number;
  readonly yields: number;
}

function fitColumns<T>(
  columns: readonly Column<T>[],
  natural: readonly number[],
  room: number | undefined,
): readonly Fitted[] {
  let fitted: readonly Fitted[] = columns.map(({ yields = 0 }, at) => ({
    ...{ at, yields },
    width: natural[at] ?? 0,
  }));
  if (room === undefined) return fitted;
  while (widthOf(fitted) > room) {
    const victim = victimAmong(fitted.filter(({ width }) => width > minWidth));
    if (victim === undefined) break;
    fitted = fitted.map((each) => (each === victim ? { ...each, width: each.width - 1 } : each));
  }
  // What the rows are about stays.
  while (widthOf(fitted) > room && fitted.length > 1) {
    const least = Math.max(...fitted.slice(1).map(({ yields }) => yields));
    const last = fitted.findLastIndex(({ yields, at }) => yields === least && at > 0);
    fitted = fitted.filter((_, at) => at !== last);
  }
  return fitted.map((each) => ({ ...each, width: Math.min(each.width, room) }));
}

function widthOf(fitted: readonly Fitted[]): number {
  return fitted.reduce((sum, { width }) => sum + width, gap.length * (fitted.length - 1));
}

/** Of those that yield most, the widest. */
function victimAmong(fitted: readonly Fitted[]): Fitted | undefined {
  return fitted.reduce<Fitted | undefined>((victim, each) => {
    if (victim === undefined || each.yields > victim.yields) return each;
    return each.yields === victim.yields && each.width > victim.width ? each : victim;
  }, undefined);
}

function shownIn<T>(width: number, cell: string, column: Column<T> | undefined): string {
  const short = cut(cell, width, column?.cutAt);
  return column?.align === 'right' ? short.padStart(width) : short.padEnd(width);
}

/** Of a dataset's name both ends tell more than the middle. */
function cut(cell: string, width: number, cutAt: 'end' | undefined): string {
  if (cell.length <= width) return cell;
  const head = cutAt === 'end' ? width - 1 : Math.floor((width - 1) / 3);
  return `${cell.slice(0, head)}…${cell.slice(cell.length - (width - 1 - head))}`;
}
