/** What a command's help says besides its options. */
export interface ManualPage {
  /** Paragraphs. */
  readonly description: readonly string[];
  /** At least one; tests see that each can be read as a command line. */
  readonly examples: readonly Example[];
  /** Exit codes that mean something of its own here, besides those of all. */
  readonly exitCodes?: readonly (readonly [code: number, meaning: string])[];
  /** Pages of docs/, and commands. */
  readonly seeAlso?: readonly string[];
}

export interface Example {
  readonly what: string;
  /** After `kubectl zfs`. */
  readonly line: string;
}

/** What holds for all commands. */
export const everyExitCode: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done; or nothing was found, or nothing was to be done'],
  [
    1,
    'something failed or was refused, a host did not answer, or the question was not answered with yes',
  ],
  [
    2,
    'the command line, the environment or the kubeconfig is wrong, or there is no terminal to ask at and no --yes: nothing was done',
  ],
];

export const environment: readonly (readonly [name: string, meaning: string])[] = [
  ['KUBECONFIG, ZFS_KUBE_CONFIG_PATH', 'kubeconfig, where --kubeconfig is not given'],
  ['ZFS_PROVISIONER_INSTANCE', 'name of the provisioner, where --instance is not given'],
  ['ZFS_SSH_MOUNT_PATH', 'folder of key, known_hosts and config (~/.ssh)'],
  ['ZFS_HOSTS_FILE', 'hosts that are known besides those of StorageClasses'],
  ['ZFS_CONSOLE_TOKEN', 'token of the status page, where --console-token-file is not given'],
  ['NO_COLOR', 'no colour, even on a terminal'],
  ['ZFS_*', 'all other settings that the provisioner has: docs/settings.md'],
];
