const unitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

// Longer units first: "ms" is not "m" and a leftover. Both Greek mu and the micro sign are accepted by Go.
const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * Milliseconds of a duration as Go's time.ParseDuration reads it (`60s`, `1m30s`, `1.5h`, `0`), without
 * sign and rounded up to whole milliseconds.
 * @returns undefined when it is none
 */
export function parseGoDuration(text: string): number | undefined {
  if (text === '0') return 0;
  let totalMs = 0;
  part.lastIndex = 0;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) return undefined;
    totalMs += Number(match[1]) * (unitsMs[match[2] ?? ''] ?? NaN);
  }
  // Cuts what binary fractions add (0.1 + 0.2), so that it does not round up.
  return text === '' ? undefined : Math.ceil(Number(totalMs.toPrecision(15)));
}

/** The shortest usual spelling: `90000` is `1m30s`. */
export function formatGoDuration(durationMs: number): string {
  if (durationMs > 0 && durationMs < 1000) return `${durationMs}ms`;
  const hours = Math.floor(durationMs / 3_600_000);
  const minutes = Math.floor(durationMs / 60_000) % 60;
  const seconds = (durationMs % 60_000) / 1000;
  const spelled = [
    hours > 0 ? `${hours}h` : '',
    minutes > 0 ? `${minutes}m` : '',
    seconds > 0 ? `${seconds}s` : '',
  ].join('');
  return spelled === '' ? '0s' : spelled;
}
