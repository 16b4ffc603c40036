import { lockedPackages } from './lock-file.ts';
import { code, table } from './markdown.ts';

/** docs/licences.md: what is in the product besides its own code, and on which terms. */
export function licencesPage(): string {
  const packages = lockedPackages().filter(({ isDevelopment }) => !isDevelopment);
  const rows = packages
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, version, licence }) => [code(name), version, licence]);
  return [
    '# Licences',
    'zfs-provisioner is Apache-2.0 ([LICENSE](../LICENSE)). These packages are its dependencies, those of its dependencies included, as package-lock.json has ' +
      'them; not all of each ends in the bundle, and optional ones only where the platform has use for them. `make sbom` writes what is in the bundles as CycloneDX (`dist/sbom.cdx.json`), and their licences word by word (`dist/licences.txt`); the image has both in `/app`.',
    table(['Package', 'Version', 'Licence'], rows),
  ].join('\n\n');
}
