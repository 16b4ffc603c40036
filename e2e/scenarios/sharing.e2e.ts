import { describe, expect, it } from '@jest/globals';
import type { Volume } from '../../src/volume/objects.ts';
import { eventually } from '../bench/eventually.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  env: { ZFS_EXPORT_TO_EVERYONE: 'false', ZFS_USAGE_INTERVAL: '1h' },
  classes: [{ name: 'classic' }],
});

/** Creates a class with these parameters, and a volume of it under the same name. */
async function provision(name: string, parameters: Readonly<Record<string, string>>) {
  await stage().createClass(name, { parameters });
  return stage().provision({ name, className: name });
}

function optionsAt(mountpoint: string): string | undefined {
  return stage()
    .host.exports()
    .find((each) => each.mountpoint === mountpoint)?.options;
}

function exportOf(volume: Volume): string | undefined {
  return optionsAt(volume.spec.nfs?.path ?? '');
}

async function addNode(name: string, ...addresses: readonly string[]): Promise<void> {
  const { bench } = stage();
  await bench.createNode(name);
  const internal = addresses.map((address) => ({ type: 'InternalIP', address }));
  const status = { addresses: [{ type: 'Hostname', address: name }, ...internal] };
  const path = `/api/v1/nodes/${name}/status`;
  await bench.controlPlane.api.call(path, { method: 'PATCH', body: { status } });
}

async function removeNode(name: string): Promise<void> {
  await stage().bench.controlPlane.api.call(`/api/v1/nodes/${name}`, { method: 'DELETE' });
}

const untilExported = (volume: Volume, options: string, timeoutMs = 5000): Promise<string> =>
  eventually(
    `it is exported with ${options}`,
    () => {
      const found = exportOf(volume);
      if (found !== options) throw new Error(`it is exported with ${String(found)}`);
      return Promise.resolve(found);
    },
    { timeoutMs },
  );

describe('a class that would export to everyone', () => {
  it.each([
    ['by the classic default', {}, 'the default'],
    ['by its own words', { shareProperties: 'rw,no_root_squash' }, 'without clients'],
    [
      'by an IPv6 network without brackets',
      { shareProperties: 'rw=@192.0.2.0/24:@fd00:77::/64' },
      'needs brackets',
    ],
  ])('gets nothing, %s, and is told why and what to write', async (title, parameters, reason) => {
    const name = `everyone-${title.length}`;
    const before = stage().host.ssh.log.mark();
    await stage().createClass(name, { parameters });
    await stage().createClaim({ name, className: name });

    const { message } = await stage().untilEvent(name, 'ProvisioningFailed', reason);

    expect(message).toContain('shareClients: "@nodes"');
    expect(message).toContain('ZFS_EXPORT_TO_EVERYONE=true');
    expect(await stage().datasetNames()).not.toContain(await stage().volumeNameFor(name));
    expect(stage().host.ssh.log.execsSince(before)).toBeLessThanOrEqual(1); // the survey's
    await stage().deleteClaim(name);
  });

  it('gets it when it says that it means it', async () => {
    const volume = await provision('consent', { shareClients: 'everyone', squash: 'root' });
    const words = { shareClients: 'everyone', shareProperties: 'on' };

    expect(exportOf(volume)).toBe('sec=sys,rw,root_squash');
    expect(exportOf(await provision('drop-in', words))).toBe('on');
  });
});

describe('the parameters of sharing', () => {
  it.each([
    [
      'networks',
      { shareClients: '10.0.0.0/8,fd00::/64' },
      'sec=sys,rw=@10.0.0.0/8:[fd00::]/64,no_root_squash',
    ],
    [
      'addresses',
      { shareClients: '192.0.2.1,[fd00::1]' },
      'sec=sys,rw=192.0.2.1:[fd00::1],no_root_squash',
    ],
    [
      'ro',
      { shareClients: '10.0.0.0/8', shareMode: 'ro' },
      'sec=sys,ro=@10.0.0.0/8,no_root_squash',
    ],
    [
      'squash',
      { shareClients: '10.0.0.0/8', squash: 'all', anonuid: '1000', anongid: '1000' },
      'sec=sys,rw=@10.0.0.0/8,all_squash,anonuid=1000,anongid=1000',
    ],
    [
      'security',
      { shareClients: '10.0.0.0/8', security: 'krb5i:krb5p', squash: 'root' },
      'sec=krb5i:krb5p,rw=@10.0.0.0/8,root_squash',
    ],
  ])('are what is exported: %s', async (name, parameters, options) => {
    expect(exportOf(await provision(name, parameters))).toBe(options);
  });

  it("give a volume the number of its uid, which NFS clients' handles are made with", async () => {
    const volume = await provision('fsid', { shareClients: '10.0.0.0/8', fsid: 'auto' });
    const uid = volume.metadata.name.replace('pvc-', '');

    expect(exportOf(volume)).toBe(`sec=sys,rw=@10.0.0.0/8,no_root_squash,fsid=${uid}`);
  });

  it('are all looked at before anything is created, and every problem is told at once', async () => {
    const parameters = {
      ...{ shareClients: '10.0.0.1/8,*', shareMode: 'RW', squash: 'maybe', anonuid: 'nobody' },
      ...{ security: 'none', fsid: '1', nfsServer: '-o', nfsPathPrefix: 'x' },
    };
    await stage().createClass('wrong', { parameters });
    await stage().createClaim({ name: 'wrong', className: 'wrong' });

    const { message } = await stage().untilEvent('wrong', 'ProvisioningFailed', 'shareClients');

    for (const name of Object.keys(parameters)) expect(message).toContain(`parameter ${name}`);
    await stage().deleteClaim('wrong');
  });
});

describe('a volume for the nodes of the cluster', () => {
  it('waits for the first node', async () => {
    await stage().createClass('nodes', { parameters: { shareClients: '@nodes' } });
    await stage().createClaim({ name: 'nodes', className: 'nodes' });
    await stage().untilEvent('nodes', 'ProvisioningFailed', 'InternalIP');

    await addNode('node-1', '192.0.2.1', 'fd00::1');
    const volume = await stage().untilBound('nodes');

    expect(exportOf(volume)).toBe('sec=sys,rw=192.0.2.1:[fd00::1],no_root_squash');
    expect(volume.metadata.annotations?.['zfs-provisioner.io/sharing']).toContain('@nodes');
  });

  it('is exported to a node within 5 seconds after it was added, and no more once it is gone', async () => {
    const volume = await stage().untilBound('nodes');

    await addNode('node-2', '192.0.2.2');
    const both = 'sec=sys,rw=192.0.2.1:192.0.2.2:[fd00::1],no_root_squash';
    await expect(untilExported(volume, both)).resolves.toBe(both);

    await removeNode('node-2');
    const one = 'sec=sys,rw=192.0.2.1:[fd00::1],no_root_squash';
    await expect(untilExported(volume, one)).resolves.toBe(one);
  });

  it('costs one exec with all others of its host, however many nodes come at once', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `many-${index}`);
    const parameters = { shareClients: '@nodes', fsid: 'auto' };
    await stage().createClass('many', { parameters });
    const volumes = await Promise.all(
      names.map((name) => stage().provision({ name, className: 'many' })),
    );
    const { log } = stage().host.ssh;
    const before = log.mark();

    await Promise.all(
      ['192.0.2.11', '192.0.2.12', '192.0.2.13'].map((address) =>
        addNode(`burst-${address}`, address),
      ),
    );
    for (const volume of volumes) {
      const uid = volume.metadata.name.replace('pvc-', '');
      const clients = '192.0.2.1:192.0.2.11:192.0.2.12:192.0.2.13:[fd00::1]';
      await untilExported(volume, `sec=sys,rw=${clients},no_root_squash,fsid=${uid}`);
    }

    expect(log.execsSince(before)).toBeLessThanOrEqual(2);
  });

  it('costs nothing when a node changes in another way, or a volume is made', async () => {
    const { log } = stage().host.ssh;
    const before = log.mark();
    const path = '/api/v1/nodes/node-1';
    const labels = { metadata: { labels: { zone: 'b' } } };
    await stage().bench.controlPlane.api.call(path, { method: 'PATCH', body: labels });
    await stage().provision({ name: 'another', className: 'many' });

    await addNode('node-9');
    await stage().deleteClaim('another');
    await eventually('it is gone', async () => (await stage().claim('another')) === undefined);
    await eventually('its dataset as well', () => {
      expect(log.execsSince(before)).toBe(2); // create and destroy
      return Promise.resolve(true);
    });
  });

  it('is brought in step when a provisioner starts that has not seen the change', async () => {
    const volume = await stage().untilBound('nodes');
    await stage().provisioner.kill();
    await addNode('node-3', '192.0.2.3');

    stage().provisioner = await stage().installation.start({ ZFS_EXPORT_TO_EVERYONE: 'false' });
    await stage().provisioner.untilReady();

    const clients = '192.0.2.1:192.0.2.11:192.0.2.12:192.0.2.13:192.0.2.3:[fd00::1]';
    const options = `sec=sys,rw=${clients},no_root_squash`;
    await expect(untilExported(volume, options, 30_000)).resolves.toBe(options);
  });

  it('is not shared again where a person took it off the net', async () => {
    const volume = await stage().untilBound('nodes');
    const other = await stage().untilBound('many-0');
    await stage().host.zfs('set', 'sharenfs=off', stage().datasetOf(volume));

    await removeNode('node-3');

    await eventually('the other one is in step', () => {
      expect(exportOf(other)).not.toContain('192.0.2.3:');
      return Promise.resolve(true);
    });
    expect(exportOf(volume)).toBeUndefined();
  });
});

describe('an NFS server with another name and another root', () => {
  it('is what pods are told, and the volume goes with its dataset', async () => {
    const { mountpoint } = stage().host;
    const volume = await provision('elsewhere', {
      shareClients: '10.0.0.0/8',
      nfsServer: 'nfs.example.com',
      nfsPathPrefix: `${mountpoint}=/export`,
    });
    const dataset = stage().datasetOf(volume);
    const path = volume.spec.nfs?.path ?? '';

    expect(volume.spec.nfs?.server).toBe('nfs.example.com');
    expect(path).toMatch(/^\/export\/.*pvc-/);
    expect(optionsAt(path.replace('/export', mountpoint))).toContain('10.0.0.0/8');

    await stage().deleteClaim('elsewhere');
    await stage().untilVolumeGone(volume.metadata.name);
    expect(await stage().datasetNames()).not.toContain(dataset);
  });

  it.each([
    ['nfs-server', 'other.example.com'],
    ['nfs-server', null],
    ['nfs-path-prefix', '/tank=/other'],
  ])('keeps its dataset when the annotation %s was edited to %s', async (annotation, value) => {
    const name = `edited-${annotation}-${String(value === null)}`;
    const volume = await provision(name, {
      shareClients: '10.0.0.0/8',
      nfsServer: '127.0.0.1',
      nfsPathPrefix: `${stage().host.mountpoint}=/`,
    });
    const annotations = { [`zfs-provisioner.io/${annotation}`]: value };
    await stage().patchVolume(volume.metadata.name, { metadata: { annotations } });

    await stage().deleteClaim(name);
    await stage().untilEvent(volume.metadata.name, 'VolumeFailedDelete', 'nothing was destroyed');

    expect(await stage().datasetNames()).toContain(stage().datasetOf(volume));
  });
});
