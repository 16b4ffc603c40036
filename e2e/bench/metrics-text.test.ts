import { expect, it } from '@jest/globals';

import { sample } from './metrics-text.ts';

const metrics = 'up 1\nexecs{host="a",verb="scan"} 2\nexecs{host="b",verb="scan"} 3\n';

it('samples that differ in labels are added up', () => {
  expect(sample(metrics, /^execs\{.*verb="scan"/)).toBe(5);
  expect(sample(metrics, /^execs\{.*verb="create"/)).toBe(0);
});
