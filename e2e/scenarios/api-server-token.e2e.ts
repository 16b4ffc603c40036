import { describe, expect, it } from '@jest/globals';
import { AuditLog } from '../audit-log.ts';
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

const accounts = '/api/v1/namespaces/zfs-system/serviceaccounts';
const account = { namespace: 'zfs-system', name: 'zfs-provisioner' };

describe('a service account token that is renewed in its file', () => {
  it('is used from then on, and the one before is not missed', async () => {
    const { bench } = stage();
    const { api } = bench.controlPlane;
    await stage().provision({ name: 'before', className: 'nfs' });

    // Tokens of the account that was are worth nothing any more.
    await api.call(`${accounts}/${account.name}`, { method: 'DELETE' });
    await api.call(accounts, { method: 'POST', body: { metadata: { name: account.name } } });
    await bench.serviceAccountKubeconfig(account.namespace, account.name);

    await stage().provision({ name: 'after', className: 'nfs' });
    const audit = new AuditLog(bench.controlPlane.auditLog);
    const mark = audit.mark();
    await stage().provision({ name: 'later', className: 'nfs' });
    const refused = audit.since(mark).filter(({ status }) => status === 401 || status === 403);
    expect(refused).toEqual([]);
    expect(stage().provisioner.hasExited).toBe(false);
  }, 40_000);
});
