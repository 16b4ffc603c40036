import bash from './bash.sh';
import fish from './fish.sh';
import kubectl from './kubectl.sh';
import zsh from './zsh.sh';

/** What each shell reads; `kubectl`: what kubectl runs to complete `kubectl zfs`. */
export const completionScripts = { bash, zsh, fish, kubectl } as const;

export type Shell = keyof typeof completionScripts;

export const shells = Object.keys(completionScripts) as readonly Shell[];
