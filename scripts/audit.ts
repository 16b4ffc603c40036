// `make audit`: whether a package of the product has a known weakness. Exits 1 if one has that is high or critical;
// a registry that answers no such question is no failure, but is told.
import { spawnSync } from 'node:child_process';

import { lockedPackages } from './lock-file.ts';

interface Report {
  readonly message?: string;
  readonly metadata?: { readonly vulnerabilities: Readonly<Record<string, number>> };
}

const unlocked = lockedPackages().filter(({ integrity }) => !integrity.startsWith('sha512-'));
for (const { name } of unlocked) console.error(`package-lock.json has no sha512 of ${name}`);

const { stdout, status } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  maxBuffer: 1 << 28,
});
const report = parse(stdout);
const found = report?.metadata?.vulnerabilities;
if (found === undefined) {
  const reason = report?.message ?? `npm audit ended with ${status ?? 'a signal'}`;
  console.log(`not audited: the registry does not answer npm audit here (${reason})`);
} else {
  const { high = 0, critical = 0, total = 0 } = found;
  console.log(
    `${total} known weaknesses in the product's packages, ${high + critical} of them high or critical`,
  );
  if (high + critical > 0) {
    console.log('npm audit --omit=dev tells which');
    process.exitCode = 1;
  }
}
if (unlocked.length > 0) process.exitCode = 1;

function parse(text: string): Report | undefined {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return undefined;
  }
}
