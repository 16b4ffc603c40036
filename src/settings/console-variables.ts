import type { z } from 'zod';

import { optional, setting } from './documented.ts';
import { consoleToken, listenAddress, namespaces, oneOf, wholeNumber } from './kinds.ts';

/** The status page (docs/console.md). */
export const consoleVariables = {
  ZFS_CONSOLE_PORT: setting(wholeNumber(0, 65_535), {
    default: '0',
    example: '8090',
    description: 'Port of the status page at `/console` (docs/console.md). 0: there is none.',
  }),
  ZFS_CONSOLE_ADDR: setting(listenAddress, {
    default: '0.0.0.0',
    example: '127.0.0.1',
    description: 'Address that the port of the status page is bound to.',
  }),
  ZFS_CONSOLE_AUTH: setting(oneOf(['token', 'none']), {
    default: 'token',
    example: 'none',
    description:
      'Who may see the status page: whoever knows `ZFS_CONSOLE_TOKEN`, or everybody who reaches the port.',
  }),
  ZFS_CONSOLE_TOKEN: optional(consoleToken, {
    unset: 'the status page cannot be served with `ZFS_CONSOLE_AUTH=token`',
    example: '(from a Secret)',
    secret: true,
    description:
      'Opens the status page, as a bearer token or as the password that a browser asks for.',
  }),
  ZFS_CONSOLE_HIDDEN_NAMESPACES: setting(namespaces(), {
    default: '',
    example: 'kube-system,team-a-*',
    description:
      'Namespaces of which the status page says nothing: names, parted by commas, in which `*` stands for any text.',
  }),
};

type ConsoleVariables = z.output<z.ZodObject<typeof consoleVariables>>;

export interface ConsoleSettings {
  readonly address: string;
  readonly port: number;
  /** Undefined: whoever reaches the port may read. */
  readonly token: string | undefined;
  /** Names, in which `*` stands for any text. */
  readonly hiddenNamespaces: readonly string[];
}

/** Whether what opens the page is there, if it has to be. */
export function hasConsoleToken(variables: ConsoleVariables): boolean {
  const { ZFS_CONSOLE_PORT: port, ZFS_CONSOLE_AUTH: auth, ZFS_CONSOLE_TOKEN: token } = variables;
  return port === 0 || auth === 'none' || token !== undefined;
}

/** Undefined: there is no status page. */
export function consoleFrom(variables: ConsoleVariables): ConsoleSettings | undefined {
  const { ZFS_CONSOLE_PORT: port, ZFS_CONSOLE_AUTH: auth, ZFS_CONSOLE_TOKEN: token } = variables;
  if (port === 0) return undefined;
  return {
    address: variables.ZFS_CONSOLE_ADDR,
    port,
    token: auth === 'none' ? undefined : token,
    hiddenNamespaces: variables.ZFS_CONSOLE_HIDDEN_NAMESPACES,
  };
}
