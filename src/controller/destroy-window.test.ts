import { beforeEach, describe, expect, it } from '@jest/globals';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { DestroyWindow } from './destroy-window.ts';

let clock: FakeClock;
let window: DestroyWindow;

beforeEach(() => {
  clock = new FakeClock();
  window = new DestroyWindow(clock, 2);
});

/** Destroyed at once. */
const destroy = (uid: string): boolean => {
  const counted = window.begin(uid);
  counted?.ended();
  return counted !== undefined;
};

describe('a window of two destroys a minute', () => {
  it('lets two pass, and the next one a minute after the first', async () => {
    expect([destroy('a'), destroy('b'), destroy('c')]).toEqual([true, true, false]);

    await clock.advance(59_999);
    expect(destroy('c')).toBe(false);
    await clock.advance(1);
    expect([destroy('c'), destroy('d'), destroy('e')]).toEqual([true, true, false]);
  });

  it('counts a destroy that runs for as long as it does, and a minute from its end', async () => {
    const slow = window.begin('a');
    const hung = window.begin('b');
    await clock.advance(300_000);
    expect(destroy('c')).toBe(false);

    slow?.ended();
    await clock.advance(59_999);
    expect(destroy('c')).toBe(false);
    await clock.advance(1);
    expect([destroy('c'), destroy('d')]).toEqual([true, false]);
    hung?.ended();
  });

  it('counts attempts for the same volume once, from the last one on', async () => {
    expect([destroy('a'), destroy('a'), destroy('a')]).toEqual([true, true, true]);
    await clock.advance(50_000);
    expect([destroy('a'), destroy('b')]).toEqual([true, true]);

    await clock.advance(10_000);
    expect(destroy('c')).toBe(false);
  });

  it('does not count what certainly was not done', () => {
    window.begin('a')?.undone();
    window.begin('b')?.undone();

    expect([destroy('c'), destroy('d'), destroy('e')]).toEqual([true, true, false]);
  });

  it('still counts an attempt that may have been done when the next certainly was not', () => {
    destroy('a');
    window.begin('a')?.undone();

    expect([destroy('b'), destroy('c')]).toEqual([true, false]);
  });
});
