import { describe, expect, it } from '@jest/globals';

import { licencesPage } from './licences-page.ts';
import { lockedPackages } from './lock-file.ts';

/** Licences that let the product be given away as Apache-2.0, with no more asked than to name them. */
const allowed = new Set([
  ...['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0'],
  ...['Unlicense', 'PSF-2.0'],
]);

describe('the lock file', () => {
  it('has only packages in the product whose licence is known and allowed', () => {
    const product = lockedPackages().filter(({ isDevelopment }) => !isDevelopment);
    const others = product.filter(({ licence }) => !allowed.has(licence));

    expect(product.length).toBeGreaterThan(20);
    expect(others.map(({ name, licence }) => `${name}: ${licence}`)).toEqual([]);
  });

  it('says of every package what its content has to be, by a digest that nobody can forge', () => {
    const others = lockedPackages().filter(
      ({ integrity, version }) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity) || version === '',
    );

    expect(others.map(({ name }) => name)).toEqual([]);
  });
});

it('the page names every package of the product, and no tool of its tests', () => {
  const page = licencesPage();

  expect(page).toContain('| `ssh2` | 1.17.0 | MIT |');
  expect(page).not.toContain('`jest`');
});
