import { describe, expect, it } from '@jest/globals';
import { usesClaim } from './pods.ts';

type Pod = Parameters<typeof usesClaim>[0];

const pod = (...volumes: NonNullable<Pod['spec']['volumes']>): Pod => ({
  metadata: { name: 'web-0' },
  spec: { volumes },
});

describe('a pod uses a claim', () => {
  it.each([
    ['that it names', pod({ name: 'v', persistentVolumeClaim: { claimName: 'data' } }), true],
    [
      'not of another name',
      pod({ name: 'data', persistentVolumeClaim: { claimName: 'x' } }),
      false,
    ],
    ['not by a volume of another kind', pod({ name: 'data' }), false],
    ['not without volumes', { metadata: { name: 'data' }, spec: {} }, false],
  ])('%s', (_title, asked, expected) => {
    expect(usesClaim(asked, 'data')).toBe(expected);
  });

  it('that is its ephemeral volume', () => {
    expect(usesClaim(pod({ name: 'scratch', ephemeral: {} }), 'web-0-scratch')).toBe(true);
    expect(usesClaim(pod({ name: 'scratch', ephemeral: {} }), 'scratch')).toBe(false);
  });
});
