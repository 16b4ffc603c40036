import { expect, it } from '@jest/globals';
import { formatBytes, roundedBytes } from './format-bytes.ts';

it.each([
  [0n, '0 bytes'],
  [1n, '1 byte'],
  [1023n, '1023 bytes'],
  [1024n, '1 KiB (1024 bytes)'],
  [1610612736n, '1.5 GiB (1610612736 bytes)'],
  [1024n ** 4n - 1n, '1024 GiB (1099511627775 bytes)'],
  [2n ** 63n, '8 EiB (9223372036854775808 bytes)'],
])('%d bytes are told in units and to the byte', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
  expect(roundedBytes(bytes)).toBe(text.split(' (')[0]);
});
