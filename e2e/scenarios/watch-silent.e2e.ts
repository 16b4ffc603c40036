import { describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { useStage } from '../stage.ts';

// The default is 150 s (src/kube/reflector.test.ts). Bookmarks come once a minute.
const idleS = 5;
const stage = useStage({
  classes: [{ name: 'nfs' }],
  apiProxy: true,
  env: { ZFS_WATCH_IDLE_TIMEOUT: `${idleS}s` },
});

function silences(): readonly string[] {
  return stage()
    .provisioner.log.filter((line) =>
      JSON.stringify(line).includes(`was silent for ${idleS * 1000} ms`),
    )
    .map(({ resource }) => String(resource));
}

describe('watches that go silent on connections that stay open', () => {
  it('are noticed and opened anew, and what happened meanwhile is made up for', async () => {
    await stage().provision({ name: 'before', className: 'nfs' });
    const proxy = stage().installation.apiProxy;

    const silenced = proxy.swallowWatches(/^/, 'and-new');
    await stage().createClaim({ name: 'meanwhile', className: 'nfs' });
    await stage().deleteClaim('before');
    const toldBefore = silences().length;
    await eventually(
      'each of them is given up',
      () => new Set(silences().slice(toldBefore)).size === silenced,
      {
        timeoutMs: 4 * idleS * 1000,
      },
    );
    expect((await stage().claim('meanwhile'))?.status?.phase).toBe('Pending');
    proxy.stopSwallowing();

    await stage().untilBound('meanwhile', 8 * idleS * 1000);
    await eventually(
      'the volume that was deleted meanwhile is gone',
      async () => (await stage().volumes()).length === 1,
      { timeoutMs: 8 * idleS * 1000 },
    );
    expect(silenced).toBeGreaterThanOrEqual(4);
    expect(stage().provisioner.hasExited).toBe(false);
  }, 120_000);
});
