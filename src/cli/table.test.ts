import { describe, expect, it } from '@jest/globals';

import { table } from './table.ts';

const columns = [
  { header: 'NAME', of: ([name]: readonly [string, string]) => name },
  { header: 'USED', of: ([, used]: readonly [string, string]) => used, align: 'right' as const },
];

describe('a table', () => {
  it('is as wide as its cells, two blanks apart', () => {
    const items = [['tank/k8s/pvc-1', '9'] as const, ['b', '1.5 GiB'] as const];

    expect(table(columns, items, { columns: undefined, hasColour: false })).toBe(
      'NAME               USED\ntank/k8s/pvc-1        9\nb               1.5 GiB\n',
    );
  });

  it('cuts the widest cells in their middle where the terminal is too narrow', () => {
    const items = [['tank/kubernetes/pvc-0123456789', '9 GiB'] as const];

    const lines = table(columns, items, { columns: 25, hasColour: false }).split('\n');

    expect(lines).toEqual(['NAME                 USED', 'tank/…c-0123456789  9 GiB', '']);
  });

  it('cuts first, and then leaves out, what yields most, and keeps what the rows are about', () => {
    const three = [
      { header: 'NAME', of: () => 'pvc-0123456789' },
      { header: 'DATASET', of: () => 'tank/kubernetes/pvc-0123456789', yields: 2 },
      { header: 'USED', of: () => '9.25 GiB', align: 'right' as const, yields: 1 },
    ];
    const widths = [40, 34, 33, 23, 9];

    const rows = widths.map((width) =>
      table(three, [0], { columns: width, hasColour: false }).split('\n').at(1),
    );

    expect(rows).toEqual([
      'pvc-0123456789  tank…123456789  9.25 GiB',
      'pvc-0123456789  ta…56789  9.25 GiB',
      'pvc-…23456789  ta…56789  9.25 GiB',
      'pv…56789  9.25 GiB',
      'pv…56789',
    ]);
    for (const [at, row] of rows.entries()) {
      expect(row?.length).toBeLessThanOrEqual(widths[at] ?? 0);
    }
  });

  it('shows nothing that a terminal would obey', () => {
    const items = [['\u001b[31mred\u009b\n', '\t'] as const];

    const text = table(columns, items, { columns: undefined, hasColour: false });

    expect(text.split('\n')).toHaveLength(3);
    expect(text).toContain('?[31mred??');
  });

  it('has a bold header where there is colour', () => {
    expect(table(columns, [], { columns: undefined, hasColour: true })).toBe(
      '\u001b[1mNAME  USED\u001b[22m\n',
    );
  });
});
