import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runCommand } from '../machine/run-command.ts';
import type { ProgressLines } from '../progress.ts';
import { cacheFolder } from './cache.ts';
import { goEnv, withBuildLock } from './go-build.ts';
import { benchFolder, requiredVersion } from './programs.ts';

/** Files that a Go module has beside its code. */
interface ModuleFiles {
  /** Folder of the go.mod that says which version, and of the go.sum that says which content. */
  readonly folder: string;
  readonly module: string;
  readonly files: readonly string[];
}

const crds = 'example/prometheus-operator-crd/monitoring.coreos.com';

const moduleFiles = {
  /** Schemas of every kind of the Kubernetes version that the bench runs (OpenAPI 2). */
  kubernetes: {
    folder: 'kubernetes',
    module: 'k8s.io/kubernetes',
    files: ['api/openapi-spec/swagger.json'],
  },
  /** The custom resources of the Prometheus operator that the chart may make. */
  'prometheus-operator': {
    folder: 'prometheus-operator',
    module: 'github.com/prometheus-operator/prometheus-operator',
    files: ['podmonitors', 'prometheusrules', 'servicemonitors'].map(
      (kind) => `${crds}_${kind}.yaml`,
    ),
  },
} as const satisfies Record<string, ModuleFiles>;

type ModuleName = keyof typeof moduleFiles;

/** Downloads into the user's cache what is not there yet. */
export async function fetchModuleFiles(progress: ProgressLines): Promise<void> {
  for (const name of Object.keys(moduleFiles) as ModuleName[]) {
    if (existsSync(folderOf(name))) continue;
    await withBuildLock(async () => {
      if (!existsSync(folderOf(name))) await fetchFiles(name);
    });
    progress.say(`fetched ${basename(folderOf(name))}`);
  }
}

/** Paths of the files of a module. @throws when they were not fetched */
export function moduleFilePaths(name: ModuleName): readonly string[] {
  const folder = folderOf(name);
  if (!existsSync(folder)) {
    throw new Error(`there is no ${folder}: node e2e/bench/main.ts build fetches it`);
  }
  return moduleFiles[name].files.map((file) => join(folder, basename(file)));
}

function folderOf(name: ModuleName): string {
  const { folder, module } = moduleFiles[name];
  const goMod = readFileSync(join(benchFolder, folder, 'go.mod'), 'utf8');
  return join(cacheFolder(), 'bin', `${name}-files-${requiredVersion(goMod, module)}`);
}

/** Go checks what it downloads against go.sum. The folder appears at once and whole. */
async function fetchFiles(name: ModuleName): Promise<void> {
  const { folder, module, files } = moduleFiles[name];
  const answer = await runCommand('go', ['mod', 'download', '-json', module], {
    cwd: join(benchFolder, folder),
    env: goEnv,
  });
  const { Dir: source } = JSON.parse(answer) as { readonly Dir: string };
  mkdirSync(cacheFolder(), { recursive: true });
  const temporary = mkdtempSync(join(cacheFolder(), 'fetching-'));
  try {
    for (const file of files) cpSync(join(source, file), join(temporary, basename(file)));
    mkdirSync(dirname(folderOf(name)), { recursive: true });
    renameSync(temporary, folderOf(name));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
