import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { systemClock } from '../clock.ts';
import { WatchedFile } from './watched-file.ts';

let folder: string;
let stop: AbortController;
let running: Promise<void>;
let texts: string[];
let failures: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watched-file-'));
  stop = new AbortController();
  texts = [];
  failures = [];
});

afterEach(async () => {
  stop.abort();
  await running;
  rmSync(folder, { recursive: true });
});

async function start(name: string): Promise<void> {
  const file = new WatchedFile({
    path: join(folder, name),
    clock: systemClock,
    onText: (text) => texts.push(text),
    onFailure: (error) => failures.push(String(error)),
  });
  await file.read();
  running = file.run(stop.signal);
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** As the kubelet changes a mounted ConfigMap. */
function swap(version: string, text: string): void {
  mkdirSync(join(folder, version));
  writeFileSync(join(folder, version, 'a.yaml'), text);
  symlinkSync(version, join(folder, '..next'));
  renameSync(join(folder, '..next'), join(folder, '..data'));
}

describe('a watched file', () => {
  it('is read again when its ConfigMap is swapped, once for each text', async () => {
    swap('..1', 'one');
    symlinkSync('..data/a.yaml', join(folder, 'a.yaml'));
    await start('a.yaml');
    expect(texts).toEqual(['one']);

    swap('..2', 'two');
    await until(() => texts.length > 1);
    swap('..3', 'two');
    swap('..4', 'three');
    await until(() => texts.includes('three'));

    expect(texts).toEqual(['one', 'two', 'three']);
    expect(failures).toEqual([]);
  });

  it('is read again when an editor renames another over it', async () => {
    writeFileSync(join(folder, 'a.yaml'), 'one');
    await start('a.yaml');

    writeFileSync(join(folder, 'a.new'), 'two');
    renameSync(join(folder, 'a.new'), join(folder, 'a.yaml'));

    await until(() => texts.length > 1);
    expect(texts).toEqual(['one', 'two']);
  });

  it('that is missing is told once, and read when it comes', async () => {
    await start('a.yaml');
    expect(failures).toEqual([expect.stringContaining('ENOENT')]);

    writeFileSync(join(folder, 'a.yaml'), 'late');

    await until(() => texts.length > 0);
    expect(texts).toEqual(['late']);
    expect(failures).toHaveLength(1);
  });
});
