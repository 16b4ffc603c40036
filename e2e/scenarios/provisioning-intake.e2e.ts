import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import type { ClaimSpec } from '../stage.ts';
import { useStage } from '../stage.ts';
import { createWaitingClaim, selectNode } from '../waiting-claims.ts';

const stage = useStage({
  classes: [{ name: 'nfs' }, { name: 'waiting', volumeBindingMode: 'WaitForFirstConsumer' }],
});

afterEach(() => {
  stage().host.faults.clear();
});

/** Once another claim has gone all its way, all that happened before has been looked at and told. */
async function untilAllWasLookedAt(claim: string): Promise<void> {
  await stage().provision({ name: claim, className: 'nfs' });
  await stage().untilEvent(claim, 'ProvisioningSucceeded');
}

async function expectUntouched(claim: string): Promise<void> {
  await untilAllWasLookedAt(`after-${claim}`);
  const volumeName = await stage().volumeNameFor(claim);
  expect(await stage().events(claim)).toEqual([]);
  expect(await stage().volume(volumeName)).toBeUndefined();
  expect((await stage().datasetNames()).join()).not.toContain(volumeName);
}

describe('a claim of others', () => {
  const ours = { 'volume.kubernetes.io/storage-provisioner': 'pv.kubernetes.io/zfs' };

  it.each<[string, Omit<ClaimSpec, 'name'>]>([
    ['whose class names another provisioner', { className: 'theirs' }],
    [
      'whose class is theirs, though it says that it is ours',
      {
        className: 'theirs-waiting',
        annotations: { ...ours, 'volume.kubernetes.io/selected-node': 'node-1' },
      },
    ],
    [
      'that names its volume',
      { className: 'nfs', annotations: ours, spec: { volumeName: 'by-hand' } },
    ],
    ['without a class', { className: '' }],
    ['of a class that does not exist', { className: 'nobodys' }],
    ['that waits for its first consumer', { className: 'waiting' }],
  ])('%s is not touched', async (case_, claim) => {
    const provisioner = 'example.com/theirs';
    if ((await stage().storageClass('theirs')) === undefined) {
      await stage().createClass('theirs', { provisioner });
      const volumeBindingMode = 'WaitForFirstConsumer';
      await stage().createClass('theirs-waiting', { provisioner, volumeBindingMode });
    }
    const name = case_.replaceAll(/\W+/g, '-');

    await stage().createClaim({ ...claim, name });

    await expectUntouched(name);
  });

  it('that is being deleted is not provisioned any more', async () => {
    await createWaitingClaim(stage(), { name: 'leaving', className: 'waiting' });
    await stage().patchClaim('leaving', { metadata: { finalizers: ['example.com/stay'] } });
    await stage().deleteClaim('leaving');

    await selectNode(stage(), 'leaving', 'node-1');

    await expectUntouched('leaving');
    await stage().patchClaim('leaving', { metadata: { finalizers: null } });
  });
});

describe('a claim that is deleted while its dataset is being created', () => {
  it('leaves neither dataset nor volume', async () => {
    const { host } = stage();
    host.faults.delayNext({ verb: 'create', seconds: 1, when: 'after' });
    await stage().createClaim({ name: 'fleeting', className: 'nfs' });
    const volumeName = await stage().volumeNameFor('fleeting');
    const dataset = `${host.parentDataset}/${volumeName}`;
    await eventually('the dataset is there', async () =>
      (await stage().datasetNames()).includes(dataset),
    );

    await stage().deleteClaim('fleeting');

    await eventually(
      'the dataset is gone',
      async () => !(await stage().datasetNames()).includes(dataset),
    );
    await stage().untilVolumeGone(volumeName);
    await untilAllWasLookedAt('after-fleeting');
    expect(await stage().datasetNames()).not.toContain(dataset);
  });
});

describe('a class', () => {
  it('with a parameter that nobody knows is obeyed in all others, and the claim is warned', async () => {
    await stage().createClass('typo', { parameters: { reserveSpaces: 'false', Type: 'local' } });

    const volume = await stage().provision({ name: 'typo', className: 'typo' });

    await stage().untilEvent('typo', 'ProvisioningSucceeded');
    const warnings = (await stage().events('typo')).filter(({ type }) => type === 'Warning');
    expect(volume.spec.nfs).toBeDefined();
    expect(warnings.map(({ reason, message }) => `${reason}: ${message}`).sort()).toEqual([
      'UnknownParameter: parameter Type of StorageClass typo is not known and ignored (did you mean type?)',
      'UnknownParameter: parameter reserveSpaces of StorageClass typo is not known and ignored (did you mean reserveSpace?)',
    ]);
  });

  it('that is deleted and made anew lets its waiting claims go on within seconds', async () => {
    const names = ['broken-1', 'broken-2', 'broken-3'];
    await stage().createClass('broken', { parameters: { type: 'nsf' } });
    for (const name of names) await stage().createClaim({ name, className: 'broken' });
    for (const name of names) {
      const { message } = await stage().untilEvent(name, 'ProvisioningFailed');
      expect(message).toBe('parameter type "nsf" must be one of nfs, hostpath, local, auto');
    }

    await stage().deleteClass('broken');
    await stage().createClass('broken');

    for (const name of names) await stage().untilBound(name, 5_000);
  });
});

describe("a claim with a populator's data source", () => {
  const dataSourceRef = { apiGroup: 'example.com', kind: 'Backup', name: 'monday' };

  it('is left alone with one Normal event, whatever else happens to it', async () => {
    await stage().createClaim({ name: 'alone', className: 'nfs', spec: { dataSourceRef } });
    const { type, message } = await stage().untilEvent('alone', 'ExternalPopulator');

    await stage().nudgeClaim('alone');
    await untilAllWasLookedAt('after-alone');

    expect(type).toBe('Normal');
    expect(message).toContain('Backup monday');
    expect(await stage().events('alone')).toMatchObject([
      { count: 1, reason: 'ExternalPopulator' },
    ]);
    expect(await stage().volume(await stage().volumeNameFor('alone'))).toBeUndefined();
  });

  it('gets the volume that a populator had made and filled for another claim', async () => {
    await stage().createClaim({ name: 'wanted', className: 'nfs', spec: { dataSourceRef } });
    await stage().untilEvent('wanted', 'ExternalPopulator');
    const volume = await stage().provision({ name: 'prime', className: 'nfs' });
    const { name } = volume.metadata;
    const dataset = stage().datasetOf(volume);

    const { metadata } = (await stage().claim('wanted')) ?? {};
    const { namespace, uid, resourceVersion } = metadata ?? {};
    const claimRef = { namespace, name: 'wanted', uid, resourceVersion };
    await stage().patchVolume(name, { spec: { claimRef } });
    await stage().untilBound('wanted');
    await stage().deleteClaim('prime');
    await eventually('prime is gone', async () => (await stage().claim('prime')) === undefined);

    await untilAllWasLookedAt('after-populator');
    expect(await stage().volume(name)).toMatchObject({
      spec: { claimRef: { name: 'wanted' } },
      status: { phase: 'Bound' },
    });
    expect(await stage().datasetNames()).toContain(dataset);
    const told = await Promise.all([name, 'wanted', 'prime'].map((each) => stage().events(each)));
    expect(told.flat().filter(({ type }) => type === 'Warning')).toEqual([]);

    await stage().deleteClaim('wanted');
    await stage().untilVolumeGone(name);
    expect(await stage().datasetNames()).not.toContain(dataset);
  });
});
