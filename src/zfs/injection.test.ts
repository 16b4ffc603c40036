import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';

import { injection } from '../../test/support/hostile.ts';
import { ScriptBatch } from '../../test/support/script-batch.ts';
import type { HostScript } from '../host/command.ts';
import type { RemoteVerb } from './remote-scripts.ts';
import { remoteScripts } from './remote-scripts.ts';

// Thousands of small processes: slow where the machine is busy.
jest.setTimeout(300_000);

const wanted = 10_000;
const seed = Date.now() % 2 ** 31;

/** Makes hostile values, and counts them. NUL cannot travel: quote() refuses it, before anything is sent. */
class Supply {
  readonly #values: readonly string[];
  used = 0;

  constructor() {
    this.#values = fc
      .sample(injection, { numRuns: 6000, seed })
      .map((value) => value.replaceAll('\0', '').replaceAll(/\p{Cs}/gu, ''));
  }

  next(): string {
    const value = this.#values[this.used % this.#values.length] ?? '';
    this.used++;
    // The second time round each is another than the first.
    return this.used > this.#values.length ? `${value}${this.used}` : value;
  }

  list(length: number): string[] {
    return Array.from({ length }, () => this.next());
  }
}

const keys = ['x:instance', 'x:cluster', 'x:volume'] as const;
const properties = `type,mounted,mountpoint,guid,sharenfs,readonly,refquota,refreservation,${keys.join(',')}`;
const notes = Array.from({ length: 8 }, (_, index) => `x:key${index}`);
const owner = [...keys.flatMap((key) => [key, '?']), properties, '0'];
const identity = ['@', 'tank/k', ...owner];
const own = Array.from({ length: 12 }, (_, index) => `x:p${index}=?`);
const space = ['1', '0', '', ''];

function rows(words: readonly string[], length: number): readonly string[] {
  return Array.from({ length }, () => words).flat();
}

/**
 * The parameters of each script. `?` is a hostile value, `@` one in the name of a dataset: everything that is no
 * setting and no word of ours is hostile, as if all that looks at values before had failed.
 */
const shapes: Readonly<Record<RemoteVerb, readonly (readonly string[])[]>> = {
  create: [own, ['?=?', '?']].map((more) => [
    ...[
      ...identity,
      'fake_tool chmod',
      'fake_tool chown',
      'fake_tool setfacl',
      '/nowhere',
      '?',
      '?',
      '?',
    ],
    ...(more === own ? ['rw', 'rw'] : ['?', '?']),
    ...['', 'x:share', ...space, ...more],
  ]),
  destroy: [[...identity, '?', '?', '?', '?', '?', 'x:on_delete', 'x:expires', '?']],
  doctor: [
    [
      'fake_tool chmod',
      'fake_tool chown',
      'fake_tool setfacl',
      '/nowhere',
      'chmod chown setfacl',
      '?',
      '@',
    ],
  ],
  grow: [[...identity, '?', 'refquota quota', '?', '?', 'x:size']],
  repair: [[...identity, 'x:share', 'share=?', 'mountpoint=?', '?', 'refquota=?', 'mount=?']],
  reshare: [
    [...owner.slice(0, 5), 'x:share', properties, ...rows(['@', '?', '?', '?'], 6)],
    [...owner.slice(0, 5), 'x:share', properties, ...rows(['?'], 24)],
  ],
  restore: [['tank/k/.trash/x', 'tank/k/.trash', ...owner, '@', ...notes.slice(0, 6)]],
  scan: [[properties, 'x:more', ...rows(['?'], 20)]],
  trash: [
    [...identity, 'trash', '?', '?', ...notes, '?', '?', '?'],
    [...identity, '?', '?', '?', ...notes, '?', '?', '?'],
  ],
};

function scriptsOf(verb: RemoteVerb, supply: Supply): readonly HostScript[] {
  return shapes[verb].map((shape) => {
    const words = shape.map((word) =>
      word.replaceAll(/[?@]/g, (mark) =>
        mark === '@' ? `tank/k/${supply.next()}` : supply.next(),
      ),
    );
    const parameters = ['nonce0nonce0', 'fake_zfs', ...words];
    return { verb, script: remoteScripts[verb], parameters, timeoutMs: 1000 };
  });
}

const shells = [['dash'], ['busybox', 'sh'], ['bash', '--posix']].filter(
  ([program = '']) => spawnSync(program, ['-c', ':']).error === undefined,
) as [string, ...string[]][];

describe('ten thousand hostile values', () => {
  const supply = new Supply();
  const batches = shells.map((shell) => new ScriptBatch(shell));
  let told = '';
  beforeAll(() => {
    const verbs = Object.keys(remoteScripts) as RemoteVerb[];
    for (let round = 0; supply.used < wanted; round++) {
      const batch = batches[round % batches.length];
      const scripts = [1, 2, 3, 4].flatMap(() => verbs.flatMap((verb) => scriptsOf(verb, supply)));
      told += batch?.run(scripts) ?? '';
      if (batch?.isClean === false)
        throw new Error(`seed ${seed}, round ${round}: ${batch.traces.join()}`);
    }
  });
  afterAll(() => {
    for (const batch of batches) batch.remove();
  });

  it('run nothing, and write nowhere', () => {
    expect(supply.used).toBeGreaterThanOrEqual(wanted);
    expect([seed, ...batches.flatMap(({ traces }) => traces)]).toEqual([seed]);
  });

  it('take every script on its way, not only to its first look', () => {
    const verbs = new Set(batches.flatMap(({ given }) => given.map(([verb]) => verb)));
    for (const verb of [
      'create',
      'get',
      'set',
      'list',
      'destroy',
      'share',
      'chmod',
      'chown',
      'setfacl',
    ]) {
      expect([verb, verbs.has(verb)]).toEqual([verb, true]);
    }
    expect(told.match(/^nonce0nonce0\tend\t(0|10)$/gm)?.length).toBeGreaterThan(200);
  });

  it('arrive as one word each, as they were', () => {
    const words = batches.flatMap(({ given }) => given.flat());
    const arrived = words
      .filter((word) => /^x:p\d+=/.test(word))
      // The key of the note of who makes a dataset is given, too; its value is the process.
      .map((word) => word.replace(/^x:p\d+=/, '').replace(/=\d+-\d+-\d+$/, ''));
    const sent = new Set(new Supply().list(wanted * 2));

    expect(arrived.length).toBeGreaterThan(300);
    expect([seed, ...arrived.filter((value) => !sent.has(value))]).toEqual([seed]);
  });
});
