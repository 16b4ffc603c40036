import { writeFileSync } from 'node:fs';

/** Files, under the names that a kubeconfig has for them. */
export interface ClientCertificate {
  readonly 'client-certificate': string;
  readonly 'client-key': string;
}

/** How a client proves who it is. */
export type Credentials = ClientCertificate | { readonly tokenFile: string };

/** Writes a kubeconfig with one cluster, one user and one context. JSON is YAML. */
export function writeKubeconfig(
  file: string,
  server: string,
  authority: string,
  user: Credentials,
): void {
  const name = 'bench';
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority': authority } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  writeFileSync(file, `${JSON.stringify(kubeconfig, undefined, 2)}\n`, { mode: 0o600 });
}
