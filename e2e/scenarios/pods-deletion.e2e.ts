import { describe, expect, it } from '@jest/globals';
import type { Volume } from '../../src/volume/objects.ts';
import { eventually } from '../bench/eventually.ts';
import { endPod, inPod, runPod } from '../pods.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  kubelets: { 'storage-1': ['storage-1'] },
  classes: [
    { name: 'hostpath', type: 'hostpath' },
    { name: 'local', type: 'local' },
  ],
});

/** A line every tenth of a second, until it is told to end. */
const goOnWriting =
  "trap 'exit 0' TERM; while :; do echo line >>/data/lines || exit 1; sleep 0.1; done";

/** As the pod sees them: nobody has taken its volume away. */
async function linesIn(pod: string): Promise<number> {
  const { stdout, stderr } = await inPod(stage(), pod, 'wc -l </data/lines');
  expect(stderr).toBe('');
  return Number(stdout);
}

async function untilMoreLines(pod: string): Promise<void> {
  const before = await eventually('the pod has written', () => linesIn(pod));
  await eventually('the pod goes on writing', async () => (await linesIn(pod)) > before);
}

/** As a person does who wants them gone by all means: what Kubernetes protects them with is taken off. */
async function forceAway(claimName: string, volume: Volume): Promise<void> {
  const { name, finalizers = [] } = volume.metadata;
  await stage().deleteVolume(name);
  await stage().deleteClaim(claimName);
  const others = finalizers.filter((finalizer) => finalizer !== 'kubernetes.io/pv-protection');
  await stage().patchVolume(name, { metadata: { finalizers: others } });
  await stage().patchClaim(claimName, { metadata: { finalizers: null } });
}

describe('a pod that uses a volume', () => {
  it.each(['hostpath', 'local'])(
    'of class %s protects its claim and the dataset until it ends',
    async (className) => {
      const name = `${className}-protected`;
      const volume = await stage().provision({ name, className });
      await runPod(stage(), name, name, { script: goOnWriting });

      await stage().deleteClaim(name);
      const terminating = await stage().claim(name);
      expect(terminating?.metadata.deletionTimestamp).toBeDefined();
      await untilMoreLines(name);
      expect(await stage().datasetNames()).toContain(stage().datasetOf(volume));

      await endPod(stage(), name);
      await stage().untilVolumeGone(volume.metadata.name);
      expect(await stage().datasetNames()).not.toContain(stage().datasetOf(volume));
    },
  );

  it('goes on writing when the volume is forced away under it, and the dataset goes when it ends', async () => {
    const volumes = await Promise.all(
      ['hostpath', 'local'].map(async (className) => {
        const volume = await stage().provision({ name: className, className });
        await runPod(stage(), className, className, { script: goOnWriting });
        await forceAway(className, volume);
        return { pod: className, volume };
      }),
    );

    for (const { pod, volume } of volumes) {
      const told = await stage().untilEvent(volume.metadata.name, 'VolumeFailedDelete', 'busy');
      expect(told.type).toBe('Warning');
      // That it is mounted and exported as before cannot be seen here: zfs-fuse, unlike OpenZFS, mounts
      // no file system on the host again that a container still has.
      expect(await stage().datasetNames()).toContain(stage().datasetOf(volume));
      await untilMoreLines(pod);
    }

    await Promise.all(volumes.map(({ pod }) => endPod(stage(), pod)));
    await Promise.all(
      volumes.map(({ volume }) => stage().untilVolumeGone(volume.metadata.name, 40_000)),
    );
    expect(await stage().datasetNames()).toEqual([]);
  });
});
