import type { BundledPackage } from './bundled-packages.ts';

interface Product {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

/**
 * What is in the bundles, as CycloneDX 1.5 (https://cyclonedx.org/docs/1.5/json/). The same input makes the same text:
 * it has no time and no serial number, which the format does not ask for.
 */
export function sbomOf(product: Product, packages: readonly BundledPackage[]): string {
  const reference = purlOf(product.name, product.version);
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': reference,
        name: product.name,
        version: product.version,
        description: product.description,
        licenses: [{ license: { id: product.license } }],
        purl: reference,
      },
    },
    components: packages.map(({ name, version, licence, integrity }) => ({
      type: 'library',
      'bom-ref': purlOf(name, version),
      name,
      version,
      licenses: [{ expression: licence }],
      purl: purlOf(name, version),
      hashes: [{ alg: 'SHA-512', content: hexOf(integrity) }],
    })),
    dependencies: [
      { ref: reference, dependsOn: packages.map(({ name, version }) => purlOf(name, version)) },
      ...packages.map(({ name, version }) => ({ ref: purlOf(name, version) })),
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** https://github.com/package-url/purl-spec: the scope's @ is escaped. */
function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** `sha512-<base64>`, which is of the package's archive. */
function hexOf(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
}
