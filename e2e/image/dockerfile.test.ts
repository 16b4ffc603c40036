import { describe, expect, it } from '@jest/globals';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { validate } from 'dockerfile-utils';

import { startFlags } from '../../scripts/start-flags.ts';
import { reachesBuilder } from './build-context.ts';
import { checkout, productStages, readStages } from './dockerfile.ts';
import { baseConfig } from './runtime-files.ts';

const text = readFileSync(join(checkout, 'Dockerfile'), 'utf8');
const dockerignore = readFileSync(join(checkout, '.dockerignore'), 'utf8');
const stages = productStages();
const image = stages.at(-1);
const copies = stages
  .flatMap(({ steps }) => steps)
  .flatMap((step) => (step.kind === 'copy' ? [step] : []));

describe('the Dockerfile', () => {
  it('is valid, as far as one can tell without Docker', () => {
    expect(validate(text)).toEqual([]);
    expect(validate(`${text}\nCOPPY a b\n`)).not.toEqual([]);
  });

  it('names its stages, and takes from those that it names', () => {
    expect(stages.map(({ name }) => name)).toEqual(['build', 'image']);
    expect([...new Set(copies.map(({ from }) => from))]).toEqual([undefined, 'build']);
  });

  it.each(copies.filter(({ from }) => from === undefined).flatMap(({ sources }) => sources))(
    'copies %s, which is there and not ignored',
    (source) => {
      expect(existsSync(join(checkout, source))).toBe(true);
      expect(reachesBuilder(source.replace(/\/$/, ''), dockerignore)).toBe(true);
    },
  );

  it('builds once for all platforms, on that of the builder', () => {
    expect(stages[0]?.platform).toBe('$BUILDPLATFORM');
    expect(image?.platform).toBeUndefined();
  });

  it('has the Node that the product asks for', () => {
    const { engines } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
      engines: { node: string };
    };

    const [, wanted = ''] = /^>=(\d+)$/.exec(engines.node) ?? [];

    expect(stages.map(({ base }) => base)).toEqual([
      expect.stringMatching(`^node:${wanted}-`),
      expect.stringMatching(`^gcr.io/distroless/nodejs${wanted}-debian\\d+:nonroot$`),
    ]);
  });

  it('runs as a number that is not root, without a shell', () => {
    expect(image?.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(image?.command).toEqual([...startFlags, 'start.cjs']);
  });

  it('writes its code cache with the flags that it starts with', () => {
    const runs = image?.steps.flatMap((step) => (step.kind === 'run' ? [step.command] : []));
    const [node] = baseConfig.entrypoint;

    expect(runs).toEqual([[node, ...(image?.command ?? []), '--write-code-cache']]);
  });

  it('is labelled', () => {
    const labels = Object.keys(image?.labels ?? {}).map((label) => label.split('.').at(-1));

    expect(labels).toEqual(['title', 'description', 'licenses', 'version', 'revision', 'name']);
  });

  it('is not read here at all when it has what is not understood', () => {
    expect(() => readStages('FROM scratch\nADD a b\n')).toThrow('ADD');
  });
});

describe('.dockerignore', () => {
  it('lets through what is built from, and nothing else', () => {
    const files = ['src/main.ts', 'src/main.test.ts', 'README.md', 'dist/main.cjs', '.git/config'];

    expect(files.filter((file) => reachesBuilder(file, dockerignore))).toEqual(['src/main.ts']);
  });
});

describe("the product's packages", () => {
  it('have no native addon in the bundle: it is the same for every platform', () => {
    const built = readFileSync(join(checkout, 'build.ts'), 'utf8');

    expect(built).toContain("external: ['cpu-features', '*.node']");
    expect(globSync('dist/**/*.node', { cwd: checkout })).toEqual([]);
  });
});
