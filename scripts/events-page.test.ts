import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { eventReasons, reasonOfHealth } from '../src/controller/event-reasons.ts';
import { eventsPage } from './events-page.ts';

const root = join(import.meta.dirname, '..');
const table = 'src/controller/event-reasons.ts';

const sources = globSync('src/**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('.test.ts') && file !== table)
  .map((file) => readFileSync(join(root, file), 'utf8'));

describe('the reasons of events', () => {
  const states = ['ONLINE', 'DEGRADED', 'SUSPENDED', 'FAULTED', 'UNAVAIL', 'REMOVED'];
  const ofPools = states.map(reasonOfHealth);

  it.each(Object.keys(eventReasons))('%s is written by somebody, and on the page', (reason) => {
    const isWritten = sources.some((source) => source.includes(`'${reason}'`));

    expect(isWritten || ofPools.some((each) => each === reason)).toBe(true);
    expect(eventsPage()).toContain(`| \`${reason}\` |`);
  });

  it('are taken from the table by whoever records an event', () => {
    const handWritten = sources.filter((source) => /type: '(Normal|Warning)', reason/.test(source));

    expect(handWritten).toEqual([]);
  });

  it('tell whether something is wrong', () => {
    expect(ofPools.map((reason) => eventReasons[reason].type)).toEqual([
      'Normal',
      ...Array.from({ length: states.length - 1 }, () => 'Warning'),
    ]);
  });
});
