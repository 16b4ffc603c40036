import { describe, expect, it } from '@jest/globals';

import { parseClassParameters } from '../class-parameters.ts';
import { applyOverrides } from './overrides.ts';

/** What comes of a class's parameters and a claim's annotations. */
function given(
  parameters: Readonly<Record<string, string>>,
  wishes: Readonly<Record<string, string>> = {},
) {
  const annotations = Object.fromEntries(
    Object.entries(wishes).map(([name, value]) => [`zfs-provisioner.io/${name}`, value]),
  );
  const all = { parentDataset: 'tank/k', hostname: 'nas-1', type: 'nfs', ...parameters };
  const applied = applyOverrides(all, annotations, 'fast');
  const parsed = parseClassParameters(applied.parameters, applied.sourceOf);
  return { ...applied, problems: [...applied.problems, ...parsed.problems], is: parsed.parameters };
}

describe('what becomes of a deleted dataset', () => {
  it('is that it is destroyed, or seven days in the trash', () => {
    expect(given({}).is).toMatchObject({ onDelete: 'destroy', trashRetention: '7d' });
  });

  it.each(['destroy', 'trash', 'retain'])('is what the class says: %s', (onDelete) => {
    expect(given({ onDelete }).is).toMatchObject({ onDelete });
  });

  it.each([
    ['onDelete', 'Trash', 'must be one of destroy, trash, retain'],
    ['onDelete', '', 'must be one of'],
    ['trashRetention', 'a week', 'must be a time between 1s and 3650d, such as 7d, 36h or 1d12h'],
    ['trashRetention', '0d', 'must be a time'],
  ])('%s cannot be %j', (name, value, words) => {
    expect(given({ [name]: value }).problems).toEqual([expect.stringContaining(words)]);
  });
});

describe('a claim that asks for something else', () => {
  it('may always ask for the trash', () => {
    const asked = given({}, { onDelete: 'trash' });

    expect(asked.is).toMatchObject({ onDelete: 'trash', trashRetention: '7d' });
    expect([asked.problems, asked.warnings]).toEqual([[], []]);
  });

  it('may always ask for what its class gives anyway', () => {
    expect(given({ onDelete: 'retain' }, { onDelete: 'retain' }).problems).toEqual([]);
  });

  it('may ask to be retained only where its class lets it', () => {
    const listed = given({ claimOverrides: 'onDelete' }, { onDelete: 'retain' });
    expect(listed.is).toMatchObject({ onDelete: 'retain' });
    expect(listed.problems).toEqual([]);

    expect(given({ onDelete: 'trash' }, { onDelete: 'retain' }).problems).toEqual([
      'annotation zfs-provisioner.io/onDelete "retain" needs onDelete in parameter claimOverrides of StorageClass fast; "trash" does not',
    ]);
  });

  it.each([
    ['destroy', 'trash'],
    ['destroy', 'retain'],
    ['trash', 'retain'],
  ])('never gets less safety, listed or not: %s instead of %s', (asked, onDelete) => {
    for (const claimOverrides of ['onDelete', 'mode']) {
      expect(given({ onDelete, claimOverrides }, { onDelete: asked }).problems).toEqual([
        expect.stringContaining(
          `annotation zfs-provisioner.io/onDelete "${asked}" is less safe than StorageClass fast has it`,
        ),
      ]);
    }
  });

  it('says what is wrong with its word', () => {
    expect(given({}, { onDelete: 'rubbish' }).problems).toEqual([
      expect.stringContaining('annotation zfs-provisioner.io/onDelete "rubbish" must be one of'),
    ]);
  });

  it('may have it longer in the trash where its class lets it, never shorter', () => {
    const listed = { onDelete: 'trash', claimOverrides: 'trashRetention', trashRetention: '2d' };

    expect(given(listed, { trashRetention: '49h' }).is).toMatchObject({ trashRetention: '49h' });
    expect(given(listed, { trashRetention: '47h' }).problems).toEqual([
      expect.stringContaining('is shorter than StorageClass fast has it (trashRetention: 2d)'),
    ]);
    expect(given({ onDelete: 'trash' }, { trashRetention: '30d' }).warnings).toEqual([
      expect.stringContaining('zfs-provisioner.io/trashRetention is ignored'),
    ]);
  });
});
