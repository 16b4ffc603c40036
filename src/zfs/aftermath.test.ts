import { describe, expect, it } from '@jest/globals';
import { aftermathOf } from './aftermath.ts';
import type { Frame } from './frames.ts';

const holder = (...fields: string[]): Frame => ({ kind: 'holder', fields });
const pod = '0f3c1a52_8c0e_4f7b_9d57_1d2c3b4a5e6f';

describe('aftermath: who keeps a dataset busy', () => {
  it('names the pod as Kubernetes does', () => {
    expect(aftermathOf([holder('17', 'postgres', pod)])).toBe(
      ' It is mounted by postgres of pod 0f3c1a52-8c0e-4f7b-9d57-1d2c3b4a5e6f (pid 17).',
    );
  });

  it('names five and counts the rest', () => {
    const holders = ['1', '2', '3', '4', '5', '6', '7'].map((pid) => holder(pid, 'sh', ''));

    expect(aftermathOf(holders)).toMatch(/sh \(pid 5\) and 2 more\.$/);
  });

  it('says so when it is the host itself', () => {
    expect(aftermathOf([holder()])).toContain('in use on the host itself');
  });

  it('says nothing when nobody is known', () => {
    expect(aftermathOf([])).toBe('');
  });
});
