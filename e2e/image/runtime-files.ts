import { cpSync, existsSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { runCommand } from '../bench/machine/run-command.ts';

/**
 * Packages whose files Node needs, of those that are in the base image. It has OpenSSL, libgomp and the time zones too
 * (https://github.com/GoogleContainerTools/distroless, base/ and cc/), which neither Node nor we use.
 */
const packages = ['libc6', 'libstdc++6', 'libgcc-s1'];

const nonroot = '65532';

/** What the base image sets for those that are built on it. */
export const baseConfig = {
  entrypoint: ['/nodejs/bin/node'],
  env: {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
  },
} as const;

/** Fills a folder with what stands for the base image: Node, its libraries, users, authorities, and no shell. */
export async function writeRuntime(root: string, node: string): Promise<void> {
  for (const folder of ['etc/ssl/certs', 'home/nonroot', 'nodejs/bin', 'proc', 'sys', 'dev']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  mkdirSync(join(root, 'tmp'), { mode: 0o1777 });
  cpSync(node, join(root, 'nodejs/bin/node'));
  const files = (await runCommand('dpkg', ['--listfiles', ...packages])).trim().split('\n');
  for (const file of files.filter(isLibrary)) {
    const to = join(root, file);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(file, to, { verbatimSymlinks: true });
  }
  const authorities = baseConfig.env.SSL_CERT_FILE;
  cpSync(authorities, join(root, authorities));
  const users = [`root:x:0:0:root:/root:/sbin/nologin`, ids('nonroot', nonroot)];
  writeFileSync(join(root, 'etc/passwd'), `${users.join('\n')}\n`);
  writeFileSync(join(root, 'etc/group'), `root:x:0:\nnonroot:x:${nonroot}:\n`);
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
}

function ids(name: string, id: string): string {
  return `${name}:x:${id}:${id}:${name}:/home/${name}:/sbin/nologin`;
}

function isLibrary(file: string): boolean {
  if (!/^\/(usr\/)?lib/.test(file) || !existsSync(file)) return false;
  return /\.so(\.|$)/.test(file) && !lstatSync(file).isDirectory();
}
