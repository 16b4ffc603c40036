const dayMs = 86_400_000;
const unitsMs = { d: dayMs, h: 3_600_000, m: 60_000, s: 1000 };

/** How long what was deleted stays in the trash where nobody says otherwise. */
export const defaultRetention = '7d';

const maxMs = 3650 * dayMs;

/** Days, hours, minutes and seconds, in this order, each once. */
const spelling = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/;

/**
 * Milliseconds of a time such as `7d`, `36h` or `1d12h`: between a second and ten years.
 * @returns undefined when it is none
 */
export function parseRetention(text: string): number | undefined {
  const match = spelling.exec(text);
  if (match === null) return undefined;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  const totalMs =
    Number(days) * unitsMs.d +
    Number(hours) * unitsMs.h +
    Number(minutes) * unitsMs.m +
    Number(seconds) * unitsMs.s;
  return totalMs > 0 && totalMs <= maxMs ? totalMs : undefined;
}
