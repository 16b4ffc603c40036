import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { mutationsOf, soon } from '../../../test/support/mutations.ts';
import { HostsFileError, parseHostsFile } from './hosts-file.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/hosts-file.md'), 'utf8');
const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1] ?? '');
const seeds = [
  ...examples,
  'hosts:\n  - &a { name: nas-1, labels: { x: y } }\n  - { <<: *a, name: nas-2 }\n',
  `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nhosts: [${'*c,'.repeat(9)}]\n`,
];

function readOrRefuse(text: string): ReturnType<typeof parseHostsFile> {
  try {
    return parseHostsFile(text);
  } catch (error) {
    const isTyped = error instanceof HostsFileError && error.problems.length > 0;
    if (isTyped && error.message.length < 20_000) return [];
    throw error;
  }
}

it('a hosts file with any damage is taken, or refused with every problem', () => {
  expect(examples.length).toBeGreaterThan(0);
  fc.assert(
    fc.property(mutationsOf(seeds), (text) => {
      const read = soon(() => readOrRefuse(text));
      expect(parseHostsFile(JSON.stringify({ hosts: read }))).toEqual(read);
    }),
    { numRuns: 500 },
  );
});
