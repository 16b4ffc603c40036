import { Command } from 'commander';

/** The commands of `kubectl zfs`. */
export function createProgram(): Command {
  return new Command('kubectl-zfs').description('Volumes of zfs-provisioner, and their datasets');
}
