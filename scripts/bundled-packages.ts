import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { lockedPackages } from './lock-file.ts';

/** A package of which something is in a bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX. */
  readonly licence: string;
  /** As package-lock.json has it: `sha512-...`. */
  readonly integrity: string;
  /** Its licence word by word, or nothing where the package has no such file. */
  readonly licenceText: string;
}

/** The part of esbuild's metafile that tells what went where. */
export interface BundleParts {
  readonly outputs: Readonly<
    Record<
      string,
      { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }
    >
  >;
}

const root = join(import.meta.dirname, '..');
const packageFolder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
const licenceFile = /^(un)?licen[cs]e|^copying|^notice/i;

/**
 * The packages of which bytes are in the outputs, by name.
 * @throws when one is not in package-lock.json
 */
export function bundledPackages({ outputs }: BundleParts): readonly BundledPackage[] {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [file] : [],
    ),
  );
  const folders = new Set(files.flatMap((file) => packageFolder.exec(file) ?? []));
  const locked = new Map(lockedPackages().map((each) => [each.path, each]));
  return [...folders]
    .map((folder) => {
      const known = locked.get(folder);
      if (known === undefined) throw new Error(`package-lock.json does not have ${folder}`);
      const { name, version, licence, integrity } = known;
      return { name, version, licence, integrity, licenceText: licenceTextOf(folder) };
    })
    .sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

function licenceTextOf(folder: string): string {
  const files = readdirSync(join(root, folder)).filter((name) => licenceFile.test(name));
  return files
    .sort()
    .map((file) => readFileSync(join(root, folder, file), 'utf8').trim())
    .join('\n\n');
}

/** What goes with the bundle because its packages' licences ask for it: each with its text. */
export function licenceTexts(packages: readonly BundledPackage[]): string {
  const head =
    'zfs-provisioner contains parts of the packages below. Its own licence is the file LICENSE.\n';
  const texts = packages.map(({ name, version, licence, licenceText }) => {
    const text = licenceText === '' ? '(the package holds no text of its licence)' : licenceText;
    return `${'-'.repeat(80)}\n${name} ${version} (${licence})\n\n${text.replaceAll('\r\n', '\n')}\n`;
  });
  return [head, ...texts].join('\n');
}
