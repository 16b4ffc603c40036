import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { aCreation } from '../../test/support/creation.ts';
import { FakeZfs, ownProperties, remoteZfsOn } from '../../test/support/fake-zfs.ts';
import { StillRunningError } from './dataset-errors.ts';

const dataset = 'tank/k/pvc-1';
const creatorKey = 'zfs-provisioner.io:creator';

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
});

afterEach(() => {
  zfs.remove();
});

/** As prelude.sh names a process. */
function nameOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return `${pid}-${fields[2]}-${fields[19]}`;
}

describe('a dataset that somebody makes', () => {
  it('tells who does', async () => {
    await remoteZfsOn(zfs).create(aCreation());

    expect(zfs.property(dataset, creatorKey)).toMatch(/^\d+-\d+-\d+$/);
  });

  it('is not adopted while that goes on: it could be taken away again', async () => {
    const maker = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(maker, 'spawn');
    zfs.add(dataset, { ...ownProperties, refquota: '5', [creatorKey]: nameOf(maker.pid ?? 0) });

    const failure = remoteZfsOn(zfs).create(aCreation());

    await expect(failure).rejects.toThrow(StillRunningError);
    await expect(failure).rejects.toThrow(`(process ${maker.pid} there), which has not ended yet`);
    await expect(failure).rejects.toMatchObject({ retryWithinMs: 5000 });
    expect(zfs.property(dataset, 'refquota')).toBe('5');
    expect(zfs.takeVerbs()).toBe('create get get');

    const ended = once(maker, 'exit');
    maker.kill();
    await ended;
    await expect(remoteZfsOn(zfs).create(aCreation())).resolves.toMatchObject({ adopted: true });
  });

  it.each([
    ['a process that is gone', '4194303-4194303-1'],
    ['a process of another time', `${process.pid}-${process.pid}-1`],
    ['no process', 'somebody'],
    ['a parent', '1-1-1\tinherited from tank'],
  ])('is adopted where its note names %s', async (_title, creator) => {
    zfs.add(dataset, { ...ownProperties, [creatorKey]: creator });

    await expect(remoteZfsOn(zfs).create(aCreation())).resolves.toMatchObject({ adopted: true });
  });
});
