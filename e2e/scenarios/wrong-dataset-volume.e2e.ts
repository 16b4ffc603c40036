import { afterEach, describe, expect, it } from '@jest/globals';
import type { Volume } from '../../src/volume/objects.ts';
import { eventually } from '../bench/eventually.ts';
import type { DatasetState } from '../dataset-state.ts';
import { stateOf, writeFileInto } from '../dataset-state.ts';
import { forgetReleased, untilOthersWereServed, untilRefused } from '../refused-deletion.ts';
import { useStage } from '../stage.ts';

const path = 'zfs.pv.kubernetes.io/zfs-dataset-path';
const guid = 'zfs-provisioner.io/parent-guid';

const stage = useStage({
  nodes: ['storage-1'],
  env: { ZFS_USAGE_INTERVAL: '1h' },
  classes: [{ name: 'nfs' }, { name: 'hostpath', type: 'hostpath' }],
});

afterEach(() => forgetReleased(stage()));

interface Precious {
  readonly volume: Volume;
  readonly name: string;
  readonly dataset: string;
  readonly before: DatasetState;
}

/** A bound volume with a file and a snapshot that would go with it. */
async function provision(claim: string, className = 'nfs'): Promise<Precious> {
  const { host } = stage();
  const volume = await stage().provision({ name: claim, className });
  const dataset = stage().datasetOf(volume);
  await writeFileInto(host, dataset);
  await host.snapshot(dataset, 'monday');
  const before = await stateOf(host, dataset);
  return { volume, name: volume.metadata.name, dataset, before };
}

async function expectUntouched({ dataset, before }: Precious): Promise<void> {
  expect(await stateOf(stage().host, dataset)).toEqual(before);
}

/** A volume as a person writes it from the manifest of another. */
async function write(
  name: string,
  { metadata, spec }: Volume,
  changes: Partial<Volume['spec']> = {},
): Promise<void> {
  const { annotations = {} } = metadata;
  const written = { name, annotations } as Volume['metadata'];
  await stage().createVolume({ metadata: written, spec: { ...spec, ...changes } });
}

const neverWas = { namespace: 'default', name: 'never-was', uid: 'b2c8e6de-never-was' };

describe('a volume object that was written by hand', () => {
  it.each([
    ['as a copy of another’s, under a name of its own', 'nfs', 'copied'],
    ['with another’s path as its source', 'hostpath', 'misled'],
  ])('%s, destroys nothing', async (_what, className, name) => {
    const { host } = stage();
    const victim = await provision(`victim-of-${name}`, className);
    const mark = host.ssh.log.mark();

    await write(name, victim.volume, { claimRef: neverWas });
    const text = className === 'nfs' ? 'cannot be proven to be this volume' : victim.dataset;
    await untilRefused(stage(), name, { code: 'DATASET_NOT_OWNED', text });

    await expectUntouched(victim);
    expect(host.ssh.log.execsSince(mark)).toBe(1);
    expect((await stage().claim(`victim-of-${name}`))?.status?.phase).toBe('Bound');
  });

  it('and confirmed for the guard against mass deletes, is proven as any other', async () => {
    const victim = await provision('victim-of-confirmed');
    const { annotations } = victim.volume.metadata;
    const labels = { 'zfs-provisioner.io/destroy': 'confirmed' };
    const metadata = { name: 'confirmed', annotations, labels } as unknown as Volume['metadata'];

    await stage().createVolume({ metadata, spec: { ...victim.volume.spec, claimRef: neverWas } });
    const text = 'cannot be proven to be this volume';
    await untilRefused(stage(), 'confirmed', { code: 'DATASET_NOT_OWNED', text });

    await expectUntouched(victim);
  });

  it('that says that its parent is another is not believed', async () => {
    const own = await provision('other-parent');

    await stage().patchVolume(own.name, { metadata: { annotations: { [guid]: '42' } } });
    await stage().deleteClaim('other-parent');
    await untilRefused(stage(), own.name, {
      code: 'PARENT_CHANGED',
      text: 'its parent is not the one',
    });

    await expectUntouched(own);
  });

  it('that lost its finalizers and was deleted leaves its dataset where it is', async () => {
    const own = await provision('no-finalizer');

    await stage().deleteVolume(own.name);
    await eventually('the object is gone', async () => {
      await stage()
        .patchVolume(own.name, { metadata: { finalizers: [] } })
        .catch(() => undefined);
      return (await stage().volume(own.name)) === undefined;
    });
    await stage().deleteClaim('no-finalizer');
    await untilOthersWereServed(stage(), 'nfs');

    await expectUntouched(own);
  });
});

describe('a volume whose claimRef was edited while its claim has it', () => {
  const refused = { code: 'REQUEST_INVALID', text: 'has this volume, although its claimRef names' };

  it.each([
    ['another uid', { uid: 'b2c8e6de-0000-4000-8000-000000000000' }],
    ['a claim that is not there', { name: 'never-was', uid: 'b2c8e6de-0000' }],
    ['another namespace', { namespace: 'kube-public', uid: 'b2c8e6de-0000' }],
  ])(
    'to %s, is not destroyed, and is its claim’s again once that is mended',
    async (what, edit) => {
      const { host } = stage();
      const claim = `claimref-${what.replaceAll(' ', '-')}`;
      const own = await provision(claim);
      const { claimRef } = own.volume.spec;
      const mark = host.ssh.log.mark();

      await stage().patchVolume(own.name, { spec: { claimRef: { ...claimRef, ...edit } } });
      const message = await untilRefused(stage(), own.name, refused);

      expect(message).toContain(`claim default/${claim}`);
      expect(message).toContain('nothing was destroyed');
      expect(host.ssh.log.execsSince(mark)).toBe(0);
      await expectUntouched(own);
      await stage().patchVolume(own.name, { spec: { claimRef } });
      await stage().untilBound(claim);
      await expectUntouched(own);
    },
  );

  it('to none, is its claim’s again', async () => {
    const own = await provision('claimref-none');

    await stage().patchVolume(own.name, { spec: { claimRef: null } });
    const isBoundAgain = async (): Promise<boolean> => {
      const { spec, status } = (await stage().volume(own.name)) ?? {};
      return status?.phase === 'Bound' && spec?.claimRef?.name === 'claimref-none';
    };
    // kube-controller-manager looks at all claims every 15 s; nothing about this one has changed.
    await eventually('it is bound again', isBoundAgain, { timeoutMs: 40_000 });

    await expectUntouched(own);
  });

  it('goes when that claim is deleted: then nobody has it', async () => {
    const own = await provision('claimref-deleted');
    const { claimRef } = own.volume.spec;
    await stage().patchVolume(own.name, { spec: { claimRef: { ...claimRef, uid: 'b2c8e6de' } } });
    await untilRefused(stage(), own.name, refused);

    await stage().deleteClaim('claimref-deleted');
    await stage().untilVolumeGone(own.name);

    expect(await stage().datasetNames()).not.toContain(own.dataset);
  });
});

describe('a claim and its volume that were written again from a backup of their manifests', () => {
  it('the claim has another uid than the volume says: nothing is destroyed, and they can be joined', async () => {
    const own = await provision('backup');
    const retain = { spec: { persistentVolumeReclaimPolicy: 'Retain' } };
    await stage().patchVolume(own.name, retain);
    await stage().deleteClaim('backup');
    await stage().deleteVolume(own.name);
    await stage().untilVolumeGone(own.name);

    await stage().createClaim({
      name: 'backup',
      className: 'nfs',
      spec: { volumeName: own.name },
    });
    await write(own.name, own.volume);
    const message = await untilRefused(stage(), own.name, {
      code: 'REQUEST_INVALID',
      text: 'claim default/backup',
    });

    const claim = await stage().claim('backup');
    expect(message).toContain(`uid ${claim?.metadata.uid ?? ''}`);
    await expectUntouched(own);
    const claimRef = { ...own.volume.spec.claimRef, uid: claim?.metadata.uid };
    await stage().patchVolume(own.name, { spec: { claimRef } });
    await stage().untilBound('backup');
    await expectUntouched(own);
  });

  it('somebody else’s claim that names the volume keeps nothing', async () => {
    await stage().bench.ensureNamespace('elsewhere');
    const own = await provision('owned');
    const body = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'greedy' },
      spec: {
        volumeName: own.name,
        storageClassName: 'nfs',
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Mi' } },
      },
    };
    const claims = '/api/v1/namespaces/elsewhere/persistentvolumeclaims';
    await stage().bench.controlPlane.api.call(claims, { method: 'POST', body });

    await stage().deleteClaim('owned');
    await stage().untilVolumeGone(own.name);

    expect(await stage().datasetNames()).not.toContain(own.dataset);
  });
});

describe('a dataset that was renamed on the host', () => {
  it.each([
    ['beside', 'renamed-beside', (own: string) => `${own}-old`],
    ['out of its parent', 'renamed-out', (own: string) => own.replace('/kubernetes/', '/')],
  ])('%s does not count as gone; renamed back, it goes', async (_where, claim, target) => {
    const { host } = stage();
    const own = await provision(claim);
    const away = target(own.dataset);
    const rename = (from: string, to: string): Promise<unknown> =>
      // zfs-fuse lets go of what it has just unmounted a moment later.
      eventually('it is renamed', async () => {
        await host.zfs('rename', from, to);
        return true;
      });
    await rename(own.dataset, away);
    const mark = host.ssh.log.mark();

    await stage().deleteClaim(claim);
    const text = `it is called ${away} now`;
    await untilRefused(stage(), own.name, { code: 'DATASET_MISSING', text });

    expect((await stateOf(host, away)).files).toContain('precious');
    expect(host.ssh.log.execsSince(mark)).toBe(1);
    await rename(away, own.dataset);
    await stage().nudgeVolume(own.name);
    await stage().untilVolumeGone(own.name);
    expect(await stage().datasetNames()).not.toContain(own.dataset);
  });
});

it('a volume of ours that says it is another provisioner’s is nobody’s to destroy', async () => {
  const own = await provision('disowned');
  const annotations = { 'pv.kubernetes.io/provisioned-by': 'example.com/other', [path]: 'tank' };

  await stage().patchVolume(own.name, { metadata: { annotations } });
  await stage().deleteClaim('disowned');
  await eventually('it is released', async () => {
    return (await stage().volume(own.name))?.status?.phase === 'Released';
  });
  await untilOthersWereServed(stage(), 'nfs');

  await expectUntouched(own);
  expect(await stage().volume(own.name)).toBeDefined();
});
