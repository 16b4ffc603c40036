import { describe, expect, it } from '@jest/globals';

import { formatPathPrefix, parsePathPrefix, withoutPrefix, withPrefix } from './path-prefix.ts';

describe('a path prefix', () => {
  it.each(['/tank=/mnt/tank', '/=/host', '/tank/k8s=/', '/a.b/c_d-e=/x:y@z+1'])(
    '%s is one',
    (text) => {
      const prefix = parsePathPrefix(text);
      expect(prefix && formatPathPrefix(prefix)).toBe(text);
    },
  );

  it.each([
    '',
    '/tank',
    'tank=/mnt',
    '/tank=mnt',
    '/tank==/mnt',
    '/tank=/mnt=/x',
    '/tank/=/mnt',
    '//tank=/mnt',
    '/tank=/mnt/../etc',
    '/tank=/./mnt',
    '/ta nk=/mnt',
    '/tank=/mnt\n',
    '/tank=/$(id)',
    `/${'x'.repeat(10_000)}=/y`,
    '/tänk=/mnt',
    '/tank\0=/mnt',
  ])('%j is none', (text) => {
    expect(parsePathPrefix(text)).toBeUndefined();
  });

  it.each([
    ['/tank=/mnt/tank', '/tank/k8s/pvc-1', '/mnt/tank/k8s/pvc-1'],
    ['/tank=/mnt/tank', '/tank', '/mnt/tank'],
    ['/=/host', '/tank/pvc-1', '/host/tank/pvc-1'],
    ['/tank=/', '/tank/pvc-1', '/pvc-1'],
    ['/tank=/mnt/tank', '/tankard/pvc-1', undefined],
    ['/tank=/mnt/tank', '/other', undefined],
  ])('%s turns %s into %s', (text, path, expected) => {
    const prefix = parsePathPrefix(text) ?? { from: '', to: '' };

    expect(withPrefix(prefix, path)).toBe(expected);
  });

  it.each([
    ['/tank=/mnt/tank', '/tank/k8s/pvc-1'],
    ['/=/host', '/tank/pvc-1'],
    ['/tank=/', '/tank/pvc-1'],
  ])('%s is undone for %s', (text, path) => {
    const prefix = parsePathPrefix(text) ?? { from: '', to: '' };

    expect(withoutPrefix(prefix, withPrefix(prefix, path) ?? '')).toBe(path);
  });
});
