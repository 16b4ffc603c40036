import { VirtualHost } from '../openzfs/virtual-host.ts';
import type { HostKind } from './host-kind.ts';
import { SharedHost } from './shared-host.ts';
import type { StorageHost, StorageHostOptions } from './storage-host.ts';

/** Resolves when the product may log in. */
export function startHost(kind: HostKind, options: StorageHostOptions): Promise<StorageHost> {
  return kind === 'openzfs' ? VirtualHost.start(options) : SharedHost.start(options);
}
