import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../machine/run-command.ts';

/** Files of a control plane's own authority. */
export interface Certificates {
  readonly authority: string;
  readonly authorityKey: string;
  readonly server: string;
  readonly serverKey: string;
  readonly admin: string;
  readonly adminKey: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
}

const configuration = `
[req]
distinguished_name = name
prompt = no
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign,digitalSignature
[server]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = IP:127.0.0.1,IP:10.0.0.1,DNS:localhost,DNS:kubernetes.default.svc
[admin]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = clientAuth
`;

/** Issues all that a control plane needs, for 30 days. */
export async function issueCertificates(folder: string): Promise<Certificates> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (name: string): string => join(folder, name);
  writeFileSync(file('openssl.cnf'), configuration);
  const issue = (name: string, subject: string, signedBy: readonly string[]): Promise<string> =>
    runCommand('openssl', [
      ...['req', '-x509', '-config', file('openssl.cnf'), '-extensions', name, '-subj', subject],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '30'],
      ...['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`), ...signedBy],
    ]);
  await issue('authority', '/CN=bench', []);
  const byAuthority = ['-CA', file('authority.crt'), '-CAkey', file('authority.key')];
  await Promise.all([
    issue('server', '/CN=kube-apiserver', byAuthority),
    issue('admin', '/O=system:masters/CN=admin', byAuthority),
  ]);
  writeServiceAccountKeys(file('service-account.key'), file('service-account.pub'));
  return {
    authority: file('authority.crt'),
    authorityKey: file('authority.key'),
    server: file('server.crt'),
    serverKey: file('server.key'),
    admin: file('admin.crt'),
    adminKey: file('admin.key'),
    serviceAccountKey: file('service-account.key'),
    serviceAccountPublicKey: file('service-account.pub'),
  };
}

function writeServiceAccountKeys(privateFile: string, publicFile: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(privateFile, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(publicFile, publicKey.export({ type: 'spki', format: 'pem' }));
}
