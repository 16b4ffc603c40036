import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { anyText, expectAlways } from '../../test/support/hostile.ts';
import { shown } from './shown.ts';

describe('a value in a message', () => {
  it('is quoted, on one line and never long', () => {
    expect(shown('a\nb')).toBe('"a\\nb"');
    expectAlways(
      fc.property(anyText, (text) => {
        const message = shown(text);
        return message.length < 400 && !/[\n\r\0]/.test(message) && message.startsWith('"');
      }),
    );
  });
});
