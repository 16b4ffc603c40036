import { describe, expect, it } from '@jest/globals';

import { usualAmounts } from './amounts.ts';
import type { FigureName } from './figures.ts';
import { Records } from './records.ts';
import type { Results } from './results.ts';
import { mergeResults } from './results.ts';
import { resultsText } from './results-text.ts';

function resultsWith(date: string, ...values: readonly (readonly [FigureName, number])[]): Results {
  const records = new Records();
  for (const [figure, value] of values) records.add('product', figure, value);
  records.note(`measured ${date}`);
  return { date, machine: {}, amounts: usualAmounts, ...records.recorded };
}

describe('results of some parts', () => {
  it('take the place of earlier ones, and leave the others', () => {
    const earlier = resultsWith('earlier', ['growth', 100], ['deletion', 200]);
    const later = resultsWith('later', ['growth', 50], ['idleGets', 0]);

    const { figures, date, notes } = mergeResults(earlier, later);

    expect(figures.product).toMatchObject({
      growth: { median: 50 },
      deletion: { median: 200 },
      idleGets: { median: 0 },
    });
    expect({ date, notes }).toEqual({
      date: 'later',
      notes: ['measured earlier', 'measured later'],
    });
  });
});

describe('results at a terminal', () => {
  it('are columns, and who used the processors', () => {
    const records = new Records();
    records.add('product', 'growth', 100);
    records.add('peer', 'growth', 15_000);
    records.addBurst('product', {
      wallS: 8,
      seconds: { 'zfs-fuse': 5, etcd: 0.5 },
      idleS: 1,
      stolenS: 0,
    });

    const text = resultsText({
      ...{ date: '', machine: {}, amounts: usualAmounts },
      ...records.recorded,
    });

    expect(text)
      .toBe(`figure                                            target        product       peer    ratio
growth: larger request to the claim’s status, ms  under 150 ms  100      met  15,000  150

CPU seconds during a burst of the product:
zfs-fuse                           5
etcd                               0.50
nobody                             1
other machines, by the hypervisor  0
time that passed                   8

`);
  });
});
