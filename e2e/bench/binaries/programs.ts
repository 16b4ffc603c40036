import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program that is built from a Go module of this folder. */
export interface Program {
  readonly name: string;
  /** Folder of the module, beside this one's parent. */
  readonly module: string;
  /** Go package of its main function. */
  readonly package: string;
  /** The module whose version is the program's; the folder's go.mod says which. */
  readonly versionOf: string;
}

const kubernetes = (name: string): Program => ({
  name,
  module: 'kubernetes',
  package: `k8s.io/kubernetes/cmd/${name}`,
  versionOf: 'k8s.io/kubernetes',
});

export const programs = {
  'kube-apiserver': kubernetes('kube-apiserver'),
  'kube-controller-manager': kubernetes('kube-controller-manager'),
  'kube-scheduler': kubernetes('kube-scheduler'),
  kubectl: kubernetes('kubectl'),
  kubelet: kubernetes('kubelet'),
  etcd: {
    name: 'etcd',
    module: 'etcd',
    package: 'go.etcd.io/etcd/server/v3',
    versionOf: 'go.etcd.io/etcd/server/v3',
  },
  helm: {
    name: 'helm',
    module: 'helm',
    package: 'helm.sh/helm/v4/cmd/helm',
    versionOf: 'helm.sh/helm/v4',
  },
  helm3: {
    name: 'helm3',
    module: 'helm3',
    package: 'helm.sh/helm/v3/cmd/helm',
    versionOf: 'helm.sh/helm/v3',
  },
  kubeconform: {
    name: 'kubeconform',
    module: 'kubeconform',
    package: 'github.com/yannh/kubeconform/cmd/kubeconform',
    versionOf: 'github.com/yannh/kubeconform',
  },
  kind: {
    name: 'kind',
    module: 'kind',
    package: 'sigs.k8s.io/kind',
    versionOf: 'sigs.k8s.io/kind',
  },
} as const satisfies Record<string, Program>;

export type ProgramName = keyof typeof programs;

/** What a bench and the demo run. */
export const benchPrograms: readonly ProgramName[] = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'kubelet',
  'etcd',
  'helm',
];

/** What the chart is tested with besides. */
export const chartPrograms: readonly ProgramName[] = ['helm3', 'kubeconform'];

export const benchFolder = join(import.meta.dirname, '..');

export function moduleFolder(program: Program): string {
  return join(benchFolder, program.module);
}

/** The version that the module's go.mod asks for, `v1.36.3`. */
export function versionOf(program: Program): string {
  const goMod = readFileSync(join(moduleFolder(program), 'go.mod'), 'utf8');
  return requiredVersion(goMod, program.versionOf);
}

export function requiredVersion(goMod: string, module: string): string {
  const words = goMod
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(/^require\s+/, '')
        .split(/\s+/),
    )
    .find(([name, version]) => name === module && version?.startsWith('v') === true);
  if (words?.[1] === undefined) throw new Error(`go.mod does not require ${module}`);
  return words[1];
}
