import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvariantError } from '../errors.ts';
import type { HostScript } from './command.ts';
import { encodeScript, encodeTerminalScript } from './script-encoding.ts';

const shells = [['dash'], ['bash'], ['busybox', 'sh'], ['ksh'], ['mksh']];
const loginShells = [...shells, ['tcsh'], ['fish']].filter(([shell = '']) => isInstalled(shell));

const hostile = [
  '',
  ' ',
  "it's",
  "'''",
  '"double" `back` $(exit) ${HOME} $$',
  'two\nlines\n',
  '\n',
  '\t\r\\ \\n \\',
  '-n',
  '--',
  '!history !!',
  '*?[a]~{a,b}',
  'ümläut 漢字 🐋',
  '} </dev/null; exit 3\n',
  'x'.repeat(10_000),
];

const printParameters = `main() { for value in "$@"; do printf '%s\\0' "$value"; done; }\nmain "$@"`;

function aScript(script: string, parameters: readonly string[] = []): HostScript {
  return { verb: 'test', script, parameters, timeoutMs: 1000 };
}

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0;
}

function runIn(shell: readonly string[], args: readonly string[], input: string): string {
  const [file = '', ...first] = shell;
  return spawnSync(file, [...first, ...args], { input, encoding: 'utf8' }).stdout;
}

function parametersSeenBy(shell: readonly string[], parameters: readonly string[]): string[] {
  const { stdin } = encodeScript(aScript(printParameters, parameters));
  return runIn(shell, ['-s'], stdin).split('\0').slice(0, -1);
}

describe.each(shells)('a script in %s %s', (...shell) => {
  it('sees hostile parameters as they were given', () => {
    expect(parametersSeenBy(shell, hostile)).toEqual(hostile);
  });

  it('sees any text without NUL as it was given', () => {
    const value = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
    const values = fc.array(value, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(values, (parameters) => {
        expect(parametersSeenBy(shell, parameters)).toEqual(parameters);
      }),
      { numRuns: 15 },
    );
  });

  it('does nothing when it was cut anywhere', () => {
    const script = `main() {\n  echo "did $1"\n}\necho early\nmain "$@"`;
    const whole = encodeScript(aScript(script, ["a\necho parameter\n'", 'b'])).stdin;
    const complete = whole.lastIndexOf('\n}') + 2;
    const cuts = fc.integer({ min: 0, max: complete - 1 });

    expect(runIn(shell, ['-s'], whole)).toBe("early\ndid a\necho parameter\n'\n");
    fc.assert(
      fc.property(cuts, (cut) => {
        expect(runIn(shell, ['-s'], whole.slice(0, cut))).toBe('');
      }),
      { numRuns: 20, examples: [[complete - 1], [complete - 2], [complete - 5], [complete - 8]] },
    );
  });

  it('is not read by its own commands', () => {
    const { stdin } = encodeScript(aScript('cat; echo after'));

    expect(runIn(shell, ['-s'], stdin)).toBe('after\n');
  });

  it.each([
    ['its last command', '(exit 7)', 7],
    ['exit', 'exit 9; echo no', 9],
    ['a failure under set -e', 'set -eu\nfalse\necho no', 1],
    ['success', 'true', 0],
  ])('ends with the code of %s although its input stays open', async (_, script, exitCode) => {
    const [file = '', ...first] = shell;
    const child = spawn(file, [...first, '-s'], { stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.write(encodeScript(aScript(script)).stdin);
    const [code] = (await once(child, 'exit')) as [number];

    expect(code).toBe(exitCode);
  });
});

describe('the command', () => {
  const { command, stdin } = encodeScript(aScript(printParameters, hostile));

  it.each(loginShells)('is understood by the login shell %s %s', (...shell) => {
    expect(runIn(shell, ['-c', command], stdin).split('\0').slice(0, -1)).toEqual(hostile);
  });

  it.each(shells)('holds everything for a terminal with the login shell %s %s', (...shell) => {
    const inTerminal = encodeTerminalScript(aScript(printParameters, hostile));

    expect(inTerminal.stdin).toBe('');
    expect(runIn(shell, ['-c', inTerminal.command], '').split('\0').slice(0, -1)).toEqual(hostile);
  });
});

it('refuses a NUL character', () => {
  expect(() => encodeScript(aScript('true', ['a\0b']))).toThrow(InvariantError);
});
