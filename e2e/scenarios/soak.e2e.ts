import { describe, expect, it } from '@jest/globals';
import { findGrowth } from '../soak/growth-limits.ts';
import { runSoak } from '../soak/soak.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ hostKind: 'shared', classes: [{ name: 'nfs' }], provisioner: false });

describe('a provisioner that works for a while', () => {
  // `make soak` does it for as long as one likes.
  it('holds no more memory, handles and sockets with each claim that came and went', async () => {
    const result = await runSoak(stage().bench, stage().installation, {
      warmUp: { seconds: 35, cycles: 60 },
      sampled: { seconds: 50, cycles: 80 },
      ...{ sampleEveryS: 1.5, rate: 4 },
      className: 'nfs',
      say: () => undefined,
    });

    expect(findGrowth(result)).toEqual([]);
    expect(result.cycles).toBeGreaterThan(30);
    expect(result.samples.length).toBeGreaterThan(15);
  }, 420_000);
});
