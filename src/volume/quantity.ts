/**
 * Kubernetes quantities as exact bytes (apimachinery's resource.Quantity). `Value()` rounds a fraction
 * up to the next whole byte, and so do we; nothing here passes through a floating-point number.
 */
const pattern = /^([+-]?)(\d+\.?\d*|\.\d+)(?:(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE])|[eE]([+-]?\d{1,3}))?$/;

const binaryExponent: Readonly<Record<string, bigint>> = {
  Ki: 10n,
  Mi: 20n,
  Gi: 30n,
  Ti: 40n,
  Pi: 50n,
  Ei: 60n,
};

const decimalExponent: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

/** Bytes of a quantity such as `1.5Gi`, `1e9` or `100m`, rounded up; undefined where it is not one. */
export function tryParseQuantity(text: string): bigint | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, sign = '', digits = '', suffix, exponent] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const scaled = BigInt(whole + fraction);
  const magnitude = scale(scaled, fraction.length, suffix, exponent);
  return sign === '-' ? -magnitude : magnitude;
}

function scale(
  scaled: bigint,
  fractionDigits: number,
  suffix: string | undefined,
  exponent: string | undefined,
): bigint {
  const binary = suffix === undefined ? undefined : binaryExponent[suffix];
  if (binary !== undefined) return divideUp(scaled << binary, 10n ** BigInt(fractionDigits));
  const tens =
    (suffix === undefined ? Number(exponent ?? 0) : (decimalExponent[suffix] ?? 0)) -
    fractionDigits;
  return tens >= 0 ? scaled * 10n ** BigInt(tens) : divideUp(scaled, 10n ** BigInt(-tens));
}

function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

/** For people: the largest power of 1024 that divides exactly, such as `1536Mi`; plain bytes otherwise. */
export function formatBytes(bytes: bigint): string {
  const units = Object.entries(binaryExponent).reverse();
  const unit = units.find(([, bits]) => bytes !== 0n && bytes % (1n << bits) === 0n);
  return unit === undefined ? bytes.toString() : `${bytes >> unit[1]}${unit[0]}`;
}
