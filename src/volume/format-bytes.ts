const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Bytes for people, and exact: `1.5 GiB (1610612736 bytes)`. Below 1 KiB the bytes alone. */
export function formatBytes(bytes: bigint): string {
  if (bytes === 1n) return '1 byte';
  let size = Number(bytes);
  let unit = '';
  for (const next of units) {
    if (size < 1024) break;
    size /= 1024;
    unit = next;
  }
  return unit === '' ? `${bytes} bytes` : `${Number(size.toFixed(2))} ${unit} (${bytes} bytes)`;
}
