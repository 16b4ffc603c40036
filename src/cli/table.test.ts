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
