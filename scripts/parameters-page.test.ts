import { describe, expect, it } from '@jest/globals';

import { parametersPage } from './parameters-page.ts';

describe('the page of parameters', () => {
  it('says what is required, what is the default, and an example', () => {
    const page = parametersPage();

    expect(page).toContain('| `parentDataset` | yes |');
    expect(page).toMatch(
      /\| `shareProperties` \| no \|.*\| `on` \| `rw=@10.0.0.0\/8,no_root_squash` \|/,
    );
    expect(page).toMatch(/\| `node` \| no \|.*\| `hostname` \| `node-1` \|/);
  });
});
