import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import type { HostScript } from './command.ts';
import { joinScripts, mayJoin, shareOf } from './joined-scripts.ts';
import { encodeScript } from './script-encoding.ts';

function aScript(joinKey: string | undefined, ...parameters: readonly string[]): HostScript {
  const script =
    'each() { printf "%s|" "$@"; echo; }\nfor i in 1 2; do member_$i each; done; echo "$#:$1"';
  const text = { verb: 'create', script, parameters, timeoutMs: 60_000 };
  return joinKey === undefined ? text : { ...text, joinKey };
}

describe('scripts that wait', () => {
  it.each([
    [1, 6, 60_000, 1],
    [6, 6, 60_000, 1],
    [7, 6, 60_000, 2],
    [26, 6, 60_000, 5],
    [200, 6, 60_000, 8],
    [200, 6, 30_000, 6],
    [200, 6, 9_999, 1],
    [200, 6, 400, 1],
  ])('%i of them, %i channels, %i ms: %i go together', (waiting, channels, timeoutMs, expected) => {
    expect(shareOf(waiting, channels, { ...aScript('a'), timeoutMs })).toBe(expected);
  });

  it('go together only where both say so, and the same', () => {
    expect(mayJoin([aScript('a')], aScript('a'))).toBe(true);
    expect(mayJoin([aScript('a')], aScript('b'))).toBe(false);
    expect(mayJoin([aScript('a')], aScript(undefined))).toBe(false);
    expect(mayJoin([aScript(undefined)], aScript(undefined))).toBe(false);
  });

  it('go together only as far as one word of a command holds all their parameters', () => {
    const large = aScript('a', 'x'.repeat(15_000));

    expect(mayJoin([large], large)).toBe(true);
    expect(mayJoin([large, large], large)).toBe(false);
  });

  it('stay as they are where it is one', () => {
    const script = aScript('a', 'b');

    expect(joinScripts([script])).toBe(script);
  });

  it('find the parameters of each, whatever they hold', () => {
    const hostile = ["it's", '$(id) `id` "\\', 'two\nlines }', '', '--'];
    const joined = joinScripts([aScript('a', ...hostile), aScript('a', 'other')]);

    expect(joined).toMatchObject({ verb: 'create', timeoutMs: 60_000, parameters: ['2'] });
    expect(joined.joinKey).toBeUndefined();
    const { stdout } = spawnSync('sh', ['-s'], {
      input: encodeScript(joined).stdin,
      encoding: 'utf8',
    });
    expect(stdout).toBe(`${hostile.join('|')}|\nother|\n1:2\n`);
  });
});
