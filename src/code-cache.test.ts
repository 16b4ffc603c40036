import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** V8 remembers what it has compiled: each bundle is loaded by a process of its own. */
const program = `
  import { CachedBundle } from '${join(import.meta.dirname, 'code-cache.ts')}';
  const [bundle, cache, option] = process.argv.slice(1);
  const loaded = new CachedBundle(bundle, cache);
  console.log(loaded.cacheUse);
  loaded.run();
  if (option === 'write') loaded.writeCache();
`;

describe('a bundle with a code cache', () => {
  let folder: string;
  let bundle: string;
  let cache: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'code-cache-'));
    [bundle, cache] = [join(folder, 'main.cjs'), join(folder, 'main.cache')];
    writeBundle('said');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const writeBundle = (word: string): void => {
    writeFileSync(
      bundle,
      `console.log('${word}', __filename, __dirname, require('node:path').sep, module.exports === exports, this === exports);\n`,
    );
  };

  const load = (...flags: readonly string[]): readonly string[] => {
    const args = [...flags, '--input-type=module', '--eval', program, bundle, cache];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return [...stdout.trim().split('\n'), ...stderr.trim().split('\n')];
  };

  const write = (): void => {
    const args = ['--input-type=module', '--eval', program, bundle, cache, 'write'];
    spawnSync(process.execPath, args);
  };

  const said = (word: string): string => `${word} ${bundle} ${folder} / true true`;

  it('runs as a module does, with its cache and without', () => {
    expect(load()).toEqual(['absent', said('said'), '']);
    write();

    expect(load()).toEqual(['used', said('said'), '']);
    expect(readdirSync(folder).sort()).toEqual(['main.cache', 'main.cjs']);
  });

  it('does not use the cache of another bundle of the same length, nor of other flags', () => {
    write();
    expect(load('--max-lazy')).toEqual(['refused', said('said'), '']);
    writeBundle('told');

    expect(load()).toEqual(['refused', said('told'), '']);
  });

  it.each([
    ['cut', (bytes: Buffer) => bytes.subarray(0, 60)],
    ['empty', () => Buffer.alloc(0)],
    ['of another V8', (bytes: Buffer) => bytes.fill(0, 32, 48)],
    ['spoilt', (bytes: Buffer) => bytes.fill(7, 80, 120)],
  ])('runs all the same when its cache is %s', (_what, spoil) => {
    write();
    writeFileSync(cache, spoil(readFileSync(cache)));

    expect(load()).toEqual(['refused', said('said'), '']);
  });

  it('names lines and columns of the file', () => {
    writeFileSync(bundle, 'throw new Error("here");\n');

    expect(load().join('\n')).toContain(`${bundle}:1:7`);
  });
});
