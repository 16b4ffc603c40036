import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goArchitecture } from '../binaries/cache.ts';
import { runCommand } from '../machine/run-command.ts';

/** The only image there is: Debian's busybox-static. It has a tag, so no kubelet asks a registry for it. */
export const busyboxImage = 'localhost/busybox:1';

const busybox = '/usr/bin/busybox';

/** What the image runs when nothing else is said, as the sandbox of a pod: it waits until it is told to end. */
const waitForTerm = [
  '/bin/sh',
  '-c',
  "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait; done",
];

/** Makes the image as an archive that `ctr images import` takes; resolves with its path. */
export async function buildBusyboxImage(folder: string): Promise<string> {
  const root = join(folder, 'root');
  await fillRoot(root);
  const config = { Env: ['PATH=/bin'], Cmd: waitForTerm };
  return packImage({ folder, name: busyboxImage, layers: [root], config });
}

export interface ImageParts {
  /** Where the archive is made. */
  readonly folder: string;
  /** With its tag. */
  readonly name: string;
  /** Folders, the lowest first; their files become root's. */
  readonly layers: readonly string[];
  /** Of the OCI image specification: `Env`, `Cmd`, `User`, ... */
  readonly config: object;
}

/** Makes an image of folders as an archive that `ctr images import` takes; resolves with its path. */
export async function packImage({ folder, name, layers, config }: ImageParts): Promise<string> {
  const names = layers.map((_root, index) => `layer-${index}.tar`);
  for (const [index, root] of layers.entries()) {
    await archive(join(folder, `layer-${index}.tar`), root, ['.']);
  }
  const digests = names.map((each) => `sha256:${digestOf(readFileSync(join(folder, each)))}`);
  const description = JSON.stringify({
    architecture: goArchitecture(),
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: digests },
  });
  const configFile = `${digestOf(description)}.json`;
  writeFileSync(join(folder, configFile), description);
  const manifest = [{ Config: configFile, RepoTags: [name], Layers: names }];
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  const image = join(folder, 'image.tar');
  await archive(image, folder, ['manifest.json', configFile, ...names]);
  return image;
}

async function fillRoot(root: string): Promise<void> {
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  mkdirSync(join(root, 'tmp'));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  copyFileSync(busybox, join(root, 'bin/busybox'));
  const applets = (await runCommand(busybox, ['--list'])).trim().split('\n');
  for (const applet of applets.filter((name) => name !== 'busybox')) {
    symlinkSync('busybox', join(root, 'bin', applet));
  }
}

async function archive(file: string, folder: string, entries: readonly string[]): Promise<void> {
  const byRoot = ['--owner=0', '--group=0', '--numeric-owner'];
  await runCommand('tar', [
    '--create',
    '--file',
    file,
    '--directory',
    folder,
    ...byRoot,
    ...entries,
  ]);
}

function digestOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
