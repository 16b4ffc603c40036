const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Bytes for people, and exact: `1.5 GiB (1610612736 bytes)`. Below 1 KiB the bytes alone. */
export function formatBytes(bytes: bigint): string {
  const rounded = roundedBytes(bytes);
  return bytes < 1024n ? rounded : `${rounded} (${bytes} bytes)`;
}

/** Bytes for people, to two digits after the point: `1.5 GiB`. Below 1 KiB they are exact. */
export function roundedBytes(bytes: bigint): string {
  if (bytes === 1n) return '1 byte';
  let size = Number(bytes);
  let unit = 'bytes';
  for (const next of units) {
    if (size < 1024) break;
    size /= 1024;
    unit = next;
  }
  return `${Number(size.toFixed(2))} ${unit}`;
}
