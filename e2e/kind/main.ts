// `make kind-demo`: builds what kind-demo.sh needs besides Docker and ZFS, and runs it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { buildBinaries } from '../bench/binaries/go-build.ts';
import { ProgressLines } from '../bench/progress.ts';

const { kind, kubectl, helm } = await buildBinaries(new ProgressLines(), [
  'kind',
  'kubectl',
  'helm',
]);
const { status } = spawnSync(join(import.meta.dirname, 'kind-demo.sh'), process.argv.slice(2), {
  env: { ...process.env, KIND: kind, KUBECTL: kubectl, HELM: helm },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
