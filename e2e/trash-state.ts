import { eventually } from './bench/eventually.ts';
import type { StorageHost } from './bench/storage-host/storage-host.ts';

/** What is in the trash of a host's parent dataset, by name. */
export async function trashOf(
  host: StorageHost,
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const shown = ['mounted', 'readonly', 'sharenfs', 'refreservation', 'refquota', 'canmount'];
  const all = await host.datasets(...shown, 'zfs-provisioner.io:trashed_from');
  return new Map([...all].filter(([name]) => name.startsWith(`${host.parentDataset}/.trash/`)));
}

/** Resolves with the name in the trash of what was called so before. */
export async function untilTrashed(
  host: StorageHost,
  dataset: string,
  timeoutMs = 20_000,
): Promise<string> {
  const find = async (): Promise<string | undefined> => {
    const trash = [...(await trashOf(host))];
    const isIt = (values: Readonly<Record<string, string>>): boolean =>
      values['zfs-provisioner.io:trashed_from'] === dataset;
    return trash.find(([, values]) => isIt(values))?.[0];
  };
  return eventually(`${dataset} is in the trash`, find, { timeoutMs });
}
