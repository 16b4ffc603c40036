import { InvariantError } from '../../errors.ts';
import { UsageError } from '../usage-error.ts';
import type { HostPlan, Tool } from './host-plan.ts';
import { tools } from './host-plan.ts';
import { expressionOf, forms } from './zfs-forms.ts';

/** sudoers(5): beyond it an expression matches nothing, and visudo does not say so. */
const maxExpressionLength = 1024;

/**
 * A file for /etc/sudoers.d: the user may run, as root and without a password, what the table has and nothing else.
 * Arguments are matched as a whole by regular expressions, which sudo knows from 1.9.10 on (Debian 12: 1.9.13).
 * @throws UsageError where a command of the settings does not go through sudo
 */
export function sudoersOf(plan: HostPlan): string {
  requireSudo(plan);
  const aliases = tools.map((tool) => [aliasOf(plan, tool), commandsOf(plan, tool)] as const);
  return [
    `# What zfs-provisioner may do on this host: made by \`kubectl zfs host-setup\`, for volumes below`,
    `# ${plan.parents.map(({ dataset }) => dataset).join(', ')}. sudo 1.9.10 or later. Check: visudo -c`,
    ...aliases.map(
      ([alias, commands]) => `Cmnd_Alias ${alias} = \\\n    ${commands.join(', \\\n    ')}`,
    ),
    // A log in of ssh has no terminal; PATH and the environment are sudo's own.
    `Defaults:${plan.user} !requiretty, env_reset, !setenv`,
    `${plan.user} ALL=(root) NOPASSWD: ${aliases.map(([alias]) => alias).join(', ')}`,
    '',
  ].join('\n');
}

function aliasOf({ user }: HostPlan, tool: Tool): string {
  return `${user
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '_')
    .replace(/^_*/, 'U_')}_${tool.toUpperCase()}`;
}

function commandsOf(plan: HostPlan, tool: Tool): readonly string[] {
  return forms
    .filter((form) => form.tool === tool)
    .map((form) => {
      const expression = `^${expressionOf(form, plan, ' ')}$`;
      if (expression.length > maxExpressionLength) {
        throw new UsageError([
          'the names of the parents are too many or too long for one rule of sudoers: use one parent for all, or the guard (--rights guard)',
        ]);
      }
      if (expression.includes('#')) throw new InvariantError('"#" would begin a comment');
      return `${plan.programs[tool]} ${expression}`;
    });
}

function requireSudo({ commands }: HostPlan): void {
  const others = tools.filter((tool) => !/^(\S*\/)?sudo( |$)/.test(commands[tool]));
  if (others.length === 0) return;
  throw new UsageError(
    others.map(
      (tool) => `${tool} is called as "${commands[tool]}", without sudo: sudoers cannot allow that`,
    ),
  );
}
