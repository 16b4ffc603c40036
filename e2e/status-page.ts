import type { Page } from '../src/overview/views.ts';
import { findFreePort } from './bench/machine/free-port.ts';
import type { ProvisionerProcess } from './bench/provisioner-process.ts';
import type { Stage } from './stage.ts';

export const consoleToken = 'token-of-the-scenario';

/** A replica that serves its status page, as who opens it sees it. */
export class StatusPage {
  readonly replica: ProvisionerProcess;
  readonly address: string;

  private constructor(replica: ProvisionerProcess, address: string) {
    this.replica = replica;
    this.address = address;
  }

  /** Starts a replica; resolves when it is ready. */
  static async start(
    stage: Stage,
    env: Readonly<Record<string, string>> = {},
  ): Promise<StatusPage> {
    const port = String(await findFreePort());
    const replica = await stage.installation.start({
      ...{ ZFS_CONSOLE_PORT: port, ZFS_CONSOLE_ADDR: '127.0.0.1' },
      ...{ ZFS_CONSOLE_TOKEN: consoleToken, ...env },
    });
    await replica.untilReady();
    return new StatusPage(replica, `http://127.0.0.1:${port}`);
  }

  /** @param token empty: none is given */
  get(path: string, token = consoleToken): Promise<Response> {
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
    return fetch(`${this.address}${path}`, { redirect: 'manual', headers });
  }

  /** @throws when the answer is not 200 */
  async read<T>(path: string): Promise<T> {
    const response = await this.get(`/console/api/${path}`);
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  async rows<T>(path: string): Promise<readonly T[]> {
    return (await this.read<Page<T>>(path)).items;
  }
}
