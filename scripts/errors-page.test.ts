import { describe, expect, it } from '@jest/globals';

import { readErrors } from './errors-page.ts';

describe('the errors of the product', () => {
  const errors = readErrors();

  it('are found', () => {
    expect(errors.map(({ code }) => code)).toEqual(
      expect.arrayContaining([
        'REQUEST_INVALID',
        'DATASET_BUSY',
        'HOST_KEY',
        'KUBE_FORBIDDEN',
        'BUG',
      ]),
    );
  });

  it('have a code each, and a meaning', () => {
    const codes = errors.map(({ code }) => code);

    expect(new Set(codes).size).toBe(codes.length);
    expect(errors.filter(({ meaning }) => meaning === '')).toEqual([]);
  });
});
