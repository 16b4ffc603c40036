import { describe, expect, it } from '@jest/globals';

import { parametersPage } from './parameters-page.ts';

describe('the page of parameters', () => {
  it('says what is required, what is the default, and an example', () => {
    const page = parametersPage();

    expect(page).toContain('| `type` | yes |');
    expect(page).toMatch(/\| `quota` \| no \|.*\| `refquota` \| `quota` \| if listed \|\s+\|/);
    expect(page).toMatch(/\| `mode` \| no \|.*\| `ZFS_MOD` \| `2770` \| if listed \|\s+\|/);
  });

  it('says in which release of the classic provisioner a parameter was known first', () => {
    expect(parametersPage()).toMatch(/\| `reserveSpace` \|.*\| if listed \| 1\.3 \|/);
    expect(parametersPage()).toMatch(/\| `hostname` \|.*\| no \| 0\.1 \|/);
  });

  it('lists the properties of ZFS that may be set, and no other', () => {
    expect(parametersPage()).toContain('| `atime` | on, off | classes |');
    expect(parametersPage()).toContain(
      '| `overlay` | on, off | classes, if ZFS_ALLOWED_PROPERTIES',
    );
    expect(parametersPage()).not.toContain('| `mountpoint` |');
  });
});
