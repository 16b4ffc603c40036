import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from '../machine/run-command.ts';
import type { ClientCertificate } from './kubeconfig.ts';

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
[client]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = clientAuth
`;

interface Request {
  /** Of the files `<path>.crt` and `<path>.key`. */
  readonly path: string;
  readonly subject: string;
  /** A section of the configuration. */
  readonly extensions: 'authority' | 'server' | 'client';
}

/** Issues all that a control plane needs, for 30 days. */
export async function issueCertificates(folder: string): Promise<Certificates> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (name: string): string => join(folder, name);
  writeFileSync(file('openssl.cnf'), configuration);
  const request = (name: string, subject: string, extensions: Request['extensions']): Request => ({
    ...{ path: file(name), subject, extensions },
  });
  await issue(folder, request('authority', '/CN=bench', 'authority'));
  await Promise.all([
    issueSigned(folder, request('server', '/CN=kube-apiserver', 'server')),
    issueSigned(folder, request('admin', '/O=system:masters/CN=admin', 'client')),
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

/** A kubelet's proof that it is a node, as files of `folder`. */
export async function issueNodeCertificate(
  certificates: Certificates,
  folder: string,
  nodeName: string,
): Promise<ClientCertificate> {
  const path = join(folder, 'node');
  const subject = `/O=system:nodes/CN=system:node:${nodeName}`;
  const authorityFolder = dirname(certificates.authority);
  await issueSigned(authorityFolder, { path, subject, extensions: 'client' });
  return { 'client-certificate': `${path}.crt`, 'client-key': `${path}.key` };
}

async function issueSigned(authorityFolder: string, request: Request): Promise<void> {
  const authority = join(authorityFolder, 'authority');
  await issue(authorityFolder, request, ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`]);
}

/** @param signedBy options that name the authority; without them it is its own. */
async function issue(
  authorityFolder: string,
  { path, subject, extensions }: Request,
  signedBy: readonly string[] = [],
): Promise<void> {
  const config = join(authorityFolder, 'openssl.cnf');
  await runCommand('openssl', [
    ...['req', '-x509', '-config', config, '-extensions', extensions, '-subj', subject],
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '30'],
    ...['-keyout', `${path}.key`, '-out', `${path}.crt`, ...signedBy],
  ]);
}

function writeServiceAccountKeys(privateFile: string, publicFile: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(privateFile, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(publicFile, publicKey.export({ type: 'spki', format: 'pem' }));
}
