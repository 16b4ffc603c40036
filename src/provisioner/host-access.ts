import { ProvisionerError } from '../errors.ts';

/** A volume names a host that nobody vouches for. A volume's annotation alone opens no connection. */
export class HostNotAllowedError extends ProvisionerError {
  readonly code = 'HOST_NOT_ALLOWED';
  readonly retry = 'on-change';
  readonly host: string;

  constructor(host: string) {
    super(
      `host ${JSON.stringify(host)} is not talked to: no StorageClass of this provisioner and no hosts file names it. ` +
        'If the class is gone and the host is right, add it to the setting ZFS_ALLOWED_HOSTS',
    );
    this.host = host;
  }
}

/**
 * Which hosts may be talked to: those that a StorageClass of ours or the hosts file names now, and those of
 * the setting.
 * Local execution follows from the same names, so no volume can make it happen.
 */
export class HostAccess {
  readonly #settings: ReadonlySet<string>;
  readonly #namedByClasses: () => Iterable<string>;

  constructor(allowedHosts: readonly string[], namedByClasses: () => Iterable<string>) {
    this.#settings = new Set(allowedHosts);
    this.#namedByClasses = namedByClasses;
  }

  /** @throws HostNotAllowedError */
  require(host: string): void {
    if (this.#settings.has(host)) return;
    for (const named of this.#namedByClasses()) if (named === host) return;
    throw new HostNotAllowedError(host);
  }
}
