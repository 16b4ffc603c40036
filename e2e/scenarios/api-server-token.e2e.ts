import { describe, expect, it } from '@jest/globals';
import { AuditLog } from '../audit-log.ts';
import { eventually } from '../bench/eventually.ts';
import { useStage } from '../stage.ts';

/** The token file is read again after a minute by the wall clock, which runs 60 times as fast here. */
const hurriedDate = `const Real = Date; const start = Real.now();
  globalThis.Date = class extends Real {
    constructor(...given) {
      if (given.length > 0) super(...given);
      else super(Real.now() + 60 * (Real.now() - start));
    }
  };`;

const stage = useStage({
  classes: [{ name: 'nfs' }],
  env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hurriedDate)}` },
});

/** The tokens that the provisioner has shown since the mark. */
function credentialsSince(mark: number): Set<string> {
  const requests = new AuditLog(stage().bench.controlPlane.auditLog).since(mark);
  const ours = requests.filter(({ userAgent }) => userAgent.startsWith('zfs-provisioner/'));
  return new Set(ours.map(({ credential }) => credential));
}

describe('a service account token that is renewed in its file', () => {
  it('is used from then on', async () => {
    const { bench } = stage();
    const audit = new AuditLog(bench.controlPlane.auditLog);
    await stage().provision({ name: 'before', className: 'nfs' });
    const [first] = credentialsSince(0);
    expect(first).toMatch(/^JTI=/);

    await bench.serviceAccountKubeconfig('zfs-system', 'zfs-provisioner');
    await eventually('another token is shown', () => credentialsSince(0).size > 1);
    const mark = audit.mark();
    await stage().provision({ name: 'after', className: 'nfs' });

    expect([...credentialsSince(mark)]).toEqual([expect.not.stringMatching(first ?? '')]);
    expect(audit.since(mark).filter(({ status }) => status === 401)).toEqual([]);
  }, 40_000);
});
