import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { askedVerbs } from '../../e2e/recordings/verbs.ts';
import { FakeScriptRunner } from '../../test/support/fake-script-runner.ts';
import { remoteZfsOn } from '../../test/support/fake-zfs.ts';
import { mutationsOf, soon } from '../../test/support/mutations.ts';
import { ProvisionerError } from '../errors.ts';
import { classifyFailure } from './failure.ts';
import { parseFrames } from './frames.ts';
import { parseHostUsage, scannedProperties } from './host-usage.ts';
import { parsePropertyRows } from './property-rows.ts';

jest.setTimeout(120_000);

const root = join(import.meta.dirname, '../../test/recordings');
const bodyOf = (file: string): string => readFileSync(file, 'utf8').replace(/^(\w+: .*\n)*\n/, '');
const verbsFolder = join(root, 'openzfs-2.3/verbs');
const recorded = new Map(
  readdirSync(verbsFolder).map((name) => [
    name.replace('.txt', ''),
    bodyOf(join(verbsFolder, name)),
  ]),
);
const sentences = ['openzfs-2.3', 'zfs-fuse-0.7'].flatMap((release) =>
  readdirSync(join(root, release))
    .filter((name) => name.endsWith('.txt'))
    .map((name) => bodyOf(join(root, release, name))),
);
const location = { host: 'nas-1', dataset: 'tank/k/pvc-1' };

describe('whatever a host says', () => {
  it.each(
    askedVerbs.filter(({ name }) => recorded.has(name)).map((verb) => [verb.name, verb] as const),
  )(
    'instead of what was recorded for %s is an answer, or an error with a type',
    async (name, verb) => {
      const damaged = fc.tuple(
        mutationsOf([recorded.get(name) ?? '']),
        fc.constantFrom(0, 0, 10, 10, 1, 2, 127, 255),
      );
      await fc.assert(
        fc.asyncProperty(damaged, async ([stdout, exitCode]) => {
          const runner = new FakeScriptRunner(() => ({
            exitCode,
            stdout,
            stderr: stdout.slice(-90),
          }));
          const zfs = remoteZfsOn({ command: 'zfs' }, { runner, timeoutMs: 9_000 });
          const start = performance.now();
          const error = await verb.ask(zfs).then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
          expect(error === undefined || error instanceof ProvisionerError ? '' : error).toBe('');
          expect(performance.now() - start).toBeLessThan(2000);
        }),
        { numRuns: 100 },
      );
    },
  );

  it('on standard error gets a type, and its text is cut to what people read', () => {
    fc.assert(
      fc.property(mutationsOf(sentences), fc.constantFrom(1, 2, 127, 255), (stderr, exitCode) => {
        const error = soon(() =>
          classifyFailure({ ...location, step: 'zfs create', exitCode, stderr, aftermath: '' }),
        );
        expect(error).toBeInstanceOf(ProvisionerError);
        expect(error.message.length).toBeLessThan(3000);
      }),
      { numRuns: 1000 },
    );
  });

  it('as frames and rows is read to its end, with nothing of its own between', () => {
    fc.assert(
      fc.property(mutationsOf([...recorded.values()]), (output) => {
        const frames = soon(() => parseFrames(output, 'nonce0nonce0'));
        const rows = soon(() => parsePropertyRows(output.split('\n')));
        const usage = soon(() => parseHostUsage('nas-1', ['tank/k', '__proto__'], frames));
        expect(frames.every(({ kind }) => !kind.includes('\n'))).toBe(true);
        expect([...rows.values()].every((row) => row instanceof Map)).toBe(true);
        expect(usage.datasets.every(({ dataset }) => dataset.includes('/'))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('as values of properties comes back as it was said, if it has no line break', () => {
    const value = fc
      .string({ unit: 'binary', maxLength: 30 })
      .filter((text) => !/[\n\t]/.test(text));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...scannedProperties), value), (given) => {
        const lines = Object.entries(given).map(
          ([key, text]) => `tank/k/a\t${key}\t${text}\tlocal`,
        );
        const rows = parsePropertyRows(lines).get('tank/k/a');
        expect(
          Object.fromEntries([...(rows ?? [])].map(([key, { value: read }]) => [key, read])),
        ).toEqual({ ...given });
      }),
    );
  });
});
