import { expect, it } from '@jest/globals';
import { matchesPatterns } from './host-pattern.ts';

it.each([
  ['storage-1', ['storage-1'], true],
  ['Storage-1', ['storage-1'], true],
  ['storage-1', ['STORAGE-?'], true],
  ['storage-12', ['storage-?'], false],
  ['nas.example.com', ['*.example.com'], true],
  ['nas.example.com', ['*.example.com', '!nas.*'], false],
  ['nas.example.com', ['!nas.*', '*'], false],
  ['other', ['!nas'], false],
  ['', ['*'], true],
  ['', ['?'], false],
  ['a', [''], false],
  ['a', [], false],
  ['axxb', ['a*b'], true],
  ['axxbc', ['a*b'], false],
  ['abab', ['*ab'], true],
  ['[nas]:2222', ['[nas]:2222'], true],
  ['[nas]:2222', ['[n?s]:*'], true],
  ['nasXexample', ['nas.example'], false],
])('%j against %j is %s', (name, patterns, expected) => {
  expect(matchesPatterns(name, patterns)).toBe(expected);
});

it('answers a hostile pattern quickly', () => {
  expect(matchesPatterns('a'.repeat(5000), [`${'*a'.repeat(1000)}b`])).toBe(false);
});
