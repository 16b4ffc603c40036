import { beforeEach, describe, expect, it } from '@jest/globals';

import { CliStage } from '../../../test/support/cli-world.ts';
import { nameOf } from '../frame.ts';
import { manualPages } from './manual-pages.ts';
import { outlinedCommands } from './program-outline.ts';

let stage: CliStage;

beforeEach(() => {
  stage = new CliStage();
  stage.connectError = new Error('the command line was understood');
  stage.consult = () => Promise.reject(new Error('the command line was understood'));
  stage.fetch = () => Promise.reject(new Error('the command line was understood'));
});

const commands = outlinedCommands().map(nameOf);
const examples = Object.entries(manualPages).flatMap(([name, page]) =>
  page.examples.map(({ line }) => [line, name] as const),
);

describe('the pages of commands', () => {
  it('are there for each command, and for no other', () => {
    expect(Object.keys(manualPages).toSorted()).toEqual(commands.toSorted());
  });

  it.each(examples)('have the example %s, which can be read', async (line, name) => {
    const { code, stderr } = await stage.run(line);

    expect(line.startsWith(name)).toBe(true);
    expect(`${code} ${stderr}`).toMatch(/^0 $|understood/);
  });

  it.each(commands)('are shown for %s, as man would', async (name) => {
    const { code, stdout, stderr } = await stage.run(`help ${name}`, { columns: 72 });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^NAME\n {4}kubectl zfs /);
    for (const head of ['SYNOPSIS', 'DESCRIPTION', 'EXAMPLES', 'EXIT CODES', 'ENVIRONMENT']) {
      expect(stdout).toContain(`\n${head}\n`);
    }
    const prose = stdout.split('\n').filter((line) => !/^ {4}(kubectl|-)/.test(line));
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(72);
  });

  it('tell all commands where none is named, and suggest one where there is none', async () => {
    expect((await stage.run('help')).stdout).toBe(
      (await stage.run('--help')).stdout.split('\nExit codes')[0],
    );
    expect(await stage.run('help tash restore')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no command "tash" (did you mean trash?)'),
    });
  });

  it('tell the commands of a group', async () => {
    expect((await stage.run('help trash')).stdout).toContain('restore');
  });
});
