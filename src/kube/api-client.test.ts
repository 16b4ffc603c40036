import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { FakeKubeServer } from '../../test/support/fake-kube-server.ts';
import type { VolumeManifest } from '../volume/persistent-volume.ts';
import { ApiClient } from './api-client.ts';
import {
  KubeConflictError,
  KubeExistsError,
  KubeInvalidError,
  KubeMissingError,
} from './api-error.ts';
import type { ApiServer } from './api-server.ts';
import { ApiTransport } from './api-transport.ts';

const CLAIMS = '/api/v1/persistentvolumeclaims';
const VOLUMES = '/api/v1/persistentvolumes';

const aVolume: VolumeManifest = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'pvc-1', annotations: {} },
  spec: { capacity: { storage: '1Gi' } },
};

describe('API client', () => {
  let fake: FakeKubeServer;
  let server: ApiServer;
  let api: ApiClient;

  beforeEach(async () => {
    fake = await FakeKubeServer.start();
    server = fake.connect();
    api = new ApiClient(new ApiTransport({ server, clock: new FakeClock(), userAgent: 'test' }));
  });

  afterEach(async () => {
    await server.close();
    await fake.close();
  });

  it('reads a claim, or undefined', async () => {
    fake.put(CLAIMS, { metadata: { name: 'data', namespace: 'shop', uid: 'u1' }, spec: {} });

    expect((await api.getClaim('shop', 'data'))?.metadata.uid).toBe('u1');
    expect(await api.getClaim('shop', 'other')).toBeUndefined();
    expect(await api.getClaim('other', 'data')).toBeUndefined();
    expect(fake.requests[0]?.path).toBe('/api/v1/namespaces/shop/persistentvolumeclaims/data');
  });

  it('lets no name reach another path', async () => {
    await api.getVolume('../namespaces/kube-system');

    expect(fake.requests[0]?.path).toBe(`${VOLUMES}/..%2Fnamespaces%2Fkube-system`);
  });

  it('patches a claim, removing what is null', async () => {
    const annotations = { keep: '1', drop: '2' };
    fake.put(CLAIMS, { metadata: { name: 'data', namespace: 'shop', annotations }, spec: {} });

    const patched = await api.patchClaim('shop', 'data', {
      metadata: { annotations: { drop: null } },
    });

    expect(patched.metadata.annotations).toEqual({ keep: '1' });
  });

  it('patches nothing when the version has moved on', async () => {
    fake.put(CLAIMS, { metadata: { name: 'data', namespace: 'shop' }, spec: {} });
    const patch = { metadata: { resourceVersion: '1', annotations: { a: 'b' } } };

    await expect(api.patchClaim('shop', 'data', patch)).rejects.toThrow(KubeConflictError);
    await expect(api.patchClaim('shop', 'other', patch)).rejects.toThrow(KubeMissingError);
    expect(fake.get(CLAIMS, 'data', 'shop')?.metadata['annotations']).toBeUndefined();
  });

  it('patches the status of a claim, and a volume, if they are what was read', async () => {
    const claim = fake.put(CLAIMS, { metadata: { name: 'data', namespace: 'shop' }, spec: {} });
    const volume = fake.put(VOLUMES, { metadata: { name: 'pvc-1' }, spec: {} });
    const versionOf = ({ metadata: { resourceVersion } }: typeof claim) => ({ resourceVersion });
    const status = { capacity: { storage: '2Gi' } };
    const patch = { metadata: versionOf(claim), status };
    const capacity = { metadata: versionOf(volume), spec: { capacity: { storage: '2Gi' } } };

    expect((await api.patchClaimStatus('shop', 'data', patch)).status).toEqual(status);
    expect((await api.patchVolume('pvc-1', capacity)).spec.capacity).toEqual({ storage: '2Gi' });
    await expect(api.patchClaimStatus('shop', 'data', patch)).rejects.toThrow(KubeConflictError);
    await expect(api.patchVolume('pvc-1', capacity)).rejects.toThrow(KubeConflictError);
    expect(fake.requests[0]?.path).toBe(
      '/api/v1/namespaces/shop/persistentvolumeclaims/data/status',
    );
  });

  it('finds a claim in use by looking through every page of the pods that run', async () => {
    const claimName = (name: string) => ({ name: 'v', persistentVolumeClaim: { claimName: name } });
    for (let number = 0; number < 501; number++) {
      const volumes = [claimName(number === 500 ? 'last' : 'first')];
      const metadata = { name: `pod-${number}`, namespace: 'shop' };
      fake.put('/api/v1/pods', { metadata, spec: { volumes } });
    }

    expect(await api.isClaimUsed('shop', 'first')).toBe(true);
    expect(await api.isClaimUsed('shop', 'last')).toBe(true);
    expect(await api.isClaimUsed('shop', 'other')).toBe(false);

    expect(fake.requests[0]?.path).toBe('/api/v1/namespaces/shop/pods');
    expect(fake.requests[0]?.query.get('fieldSelector')).toBe(
      'status.phase!=Succeeded,status.phase!=Failed',
    );
    expect(fake.requests).toHaveLength(5);
  });

  it('adds and removes one finalizer among those of others, with one call each', async () => {
    const { metadata } = fake.put(VOLUMES, { metadata: { name: 'pvc-1', finalizers: ['theirs'] } });
    const change = { finalizer: 'ours', preconditions: { uid: metadata.uid ?? '' } };
    const finalizers = (): unknown => fake.get(VOLUMES, 'pvc-1')?.metadata['finalizers'];

    await api.addVolumeFinalizer('pvc-1', change);
    await api.addVolumeFinalizer('pvc-1', change);
    expect(finalizers()).toEqual(['theirs', 'ours']);
    await api.removeVolumeFinalizer('pvc-1', change);
    await api.removeVolumeFinalizer('pvc-1', change);
    expect(finalizers()).toEqual(['theirs']);
    expect(fake.requests.map(({ method }) => method)).toEqual(['PATCH', 'PATCH', 'PATCH', 'PATCH']);
    expect(fake.requests.map(({ headers }) => headers['content-type'])).toEqual(
      Array.from({ length: 4 }, () => 'application/strategic-merge-patch+json'),
    );
  });

  it('keeps a finalizer that somebody adds in the same moment', async () => {
    const ours = { name: 'pvc-1', uid: 'u1', finalizers: ['ours'] };
    fake.put(VOLUMES, { metadata: ours });
    fake.intercept = () => {
      fake.put(VOLUMES, { metadata: { ...ours, finalizers: ['ours', 'theirs'] } });
      return undefined;
    };

    await api.removeVolumeFinalizer('pvc-1', { finalizer: 'ours', preconditions: { uid: 'u1' } });

    expect(fake.get(VOLUMES, 'pvc-1')?.metadata['finalizers']).toEqual(['theirs']);
  });

  it('changes no finalizer of a volume that has changed, or that is another one', async () => {
    fake.put(VOLUMES, { metadata: { name: 'pvc-1', uid: 'u1' } });
    const finalizer = 'ours';
    const old = { finalizer, preconditions: { uid: 'u1', resourceVersion: '1' } };
    const other = { finalizer, preconditions: { uid: 'u0' } };

    await expect(api.addVolumeFinalizer('pvc-1', old)).rejects.toThrow(KubeConflictError);
    await expect(api.removeVolumeFinalizer('pvc-1', old)).rejects.toThrow(KubeConflictError);
    await expect(api.addVolumeFinalizer('pvc-1', other)).rejects.toThrow(KubeInvalidError);
    await expect(api.removeVolumeFinalizer('pvc-1', other)).rejects.toThrow(KubeInvalidError);
    expect(fake.get(VOLUMES, 'pvc-1')?.metadata['finalizers']).toBeUndefined();
  });

  it('needs no volume to remove a finalizer from', async () => {
    await api.removeVolumeFinalizer('pvc-1', { finalizer: 'ours', preconditions: { uid: 'u1' } });

    expect(fake.requests).toHaveLength(1);
  });

  it('creates a volume once', async () => {
    const created = await api.createVolume(aVolume);

    expect(created.metadata.resourceVersion).not.toBe('');
    expect(fake.get(VOLUMES, 'pvc-1')).toMatchObject(aVolume);
    await expect(api.createVolume(aVolume)).rejects.toThrow(KubeExistsError);
  });

  it('deletes the volume that was meant and no other', async () => {
    const { metadata } = fake.put(VOLUMES, { metadata: { name: 'pvc-1', uid: 'u1' } });

    await expect(api.deleteVolume('pvc-1', { uid: 'u0' })).rejects.toThrow(KubeConflictError);
    await expect(api.deleteVolume('pvc-1', { uid: 'u1', resourceVersion: '1' })).rejects.toThrow(
      KubeConflictError,
    );
    expect(await api.deleteVolume('pvc-1', { uid: metadata.uid ?? '' })).toBe('deleted');
    expect(await api.deleteVolume('pvc-1', { uid: 'u1' })).toBe('absent');
  });

  it('reads the identity of the cluster', async () => {
    fake.put('/api/v1/namespaces', { metadata: { name: 'kube-system', uid: 'cluster' } });

    expect(await api.getNamespaceUid('kube-system')).toBe('cluster');
    await expect(api.getNamespaceUid('nowhere')).rejects.toThrow(KubeMissingError);
  });

  it('passes the signal on', async () => {
    const signal = AbortSignal.abort(new Error('stopped'));

    await expect(api.getClaim('a', 'b', signal)).rejects.toThrow('stopped');
    await expect(api.patchClaim('a', 'b', {}, signal)).rejects.toThrow('stopped');
    await expect(api.createVolume(aVolume, signal)).rejects.toThrow('stopped');
    await expect(api.deleteVolume('b', { uid: 'u' }, signal)).rejects.toThrow('stopped');
    expect(fake.requests).toEqual([]);
  });
});
