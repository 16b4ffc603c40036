import type { Repair } from '../zfs/dataset-repair.ts';

/** What a repair does on the host, as a person would type it. */
export function repairCommand(dataset: string, repair: Repair): string {
  switch (repair.kind) {
    case 'quota':
      return `zfs set ${repair.property}=${repair.sizeBytes} ${dataset}`;
    case 'reservation':
      return `zfs set refreservation=${repair.sizeBytes} ${dataset}`;
    case 'share':
      return `zfs set sharenfs=${JSON.stringify(repair.sharenfs)} ${dataset}`;
    case 'mount':
      return `zfs mount ${dataset}`;
    case 'mountpoint':
      return `zfs inherit mountpoint ${dataset}`;
    case 'readonly':
      return `zfs inherit readonly ${dataset}`;
  }
}
