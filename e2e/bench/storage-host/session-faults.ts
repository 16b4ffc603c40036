/** What happens to a session between sshd and the command that the product asked for. */
export type SessionFault =
  'cut-before' | 'cut-after' | 'truncated' | 'garbled' | 'banner' | 'locale';

/** Ends the sshd process that this session belongs to. */
const cut = `cut() {
  pid=$$
  while :; do
    read -r name <"/proc/$pid/comm"
    case $name in sshd*) kill -9 "$pid" && exit ;; esac
    pid=$(sed -n 's/^PPid:[[:blank:]]*//p' "/proc/$pid/status")
  done
}`;

const run = 'sh -c "$SSH_ORIGINAL_COMMAND"';
const greeting = 'Welcome to the storage host.\\n\\tAuthorized use only.\\nend 0\\n';
const warning = 'sh: warning: setlocale: LC_ALL: cannot change locale (de_DE.UTF-8)\\n';

const bodies: Readonly<Record<SessionFault, string>> = {
  'cut-before': `${cut}\ncut`,
  'cut-after': `${cut}\n${run} >/dev/null 2>&1\ncut`,
  truncated: `text=$(${run})
bytes=$(printf '%s' "$text" | wc -c)
printf '%s' "$text" | head -c "$((bytes * 7 / 10))"
exit 0`,
  garbled: `${run} | tr a-z A-Z\nexit 0`,
  banner: `printf '${greeting}'; printf '${greeting}' >&2\n${run}\ncode=$?\nprintf '${greeting}'\nexit "$code"`,
  locale: `export LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 LANGUAGE=de
printf '${warning}'; printf '${warning}' >&2
exec ${run}`,
};

/** For sshd's ForceCommand: POSIX sh. */
export function sessionScript(fault: SessionFault): string {
  return `#!/bin/sh\n${bodies[fault]}\n`;
}
