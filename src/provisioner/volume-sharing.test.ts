import { describe, expect, it } from '@jest/globals';

import { parseClassParameters } from './class-parameters.ts';
import type { ClassParameters } from './class-parameters.ts';
import type { SharingRules } from './volume-sharing.ts';
import { NoClientsError, sharingAgain, sharingOf, worldProblems } from './volume-sharing.ts';

type Raw = Readonly<Record<string, string>>;

const uid = '0a0b0c0d-1111-4222-8333-444455556666';
const volumeName = `pvc-${uid}`;
const guarded: SharingRules = {
  exportToEveryone: false,
  nodeAddresses: () => ['192.0.2.2', 'fd00::2', '192.0.2.1'],
};

function parameters(raw: Raw): ClassParameters {
  const place = { parentDataset: 'tank/k', hostname: 'nas-1', type: 'nfs' };
  const parsed = parseClassParameters({ ...place, ...raw });
  if (parsed.parameters === undefined) throw new Error(parsed.problems.join());
  return parsed.parameters;
}

describe('exporting to everyone', () => {
  it.each<[Raw, string]>([
    [{}, 'the default exports'],
    [{ type: 'auto' }, 'the default exports'],
    [{ shareProperties: 'on' }, 'parameter shareProperties exports'],
    [{ shareProperties: 'rw,no_root_squash' }, 'without clients'],
    [{ shareProperties: 'rw=@fd00::/64' }, 'brackets'],
  ])('is refused, with the reason and what to write: %j', (raw, reason) => {
    const problems = worldProblems(parameters(raw), guarded);

    expect(problems).toEqual([expect.stringContaining(reason)]);
    expect(problems[0]).toContain('shareClients: "@nodes"');
    expect(problems[0]).toContain('ZFS_EXPORT_TO_EVERYONE=true');
  });

  it.each<[Raw]>([
    [{ shareClients: 'everyone' }],
    [{ shareClients: 'everyone', shareProperties: 'on' }],
    [{ shareClients: '@nodes' }],
    [{ shareProperties: 'rw=@10.0.0.0/8' }],
    [{ share: 'inherit' }],
    [{ type: 'local' }],
    [{ type: 'hostpath', shareProperties: 'on' }],
  ])('is not what these do, or they say that they mean it: %j', (raw) => {
    expect(worldProblems(parameters(raw), guarded)).toEqual([]);
  });

  it('is what the setting allows', () => {
    expect(worldProblems(parameters({}), { ...guarded, exportToEveryone: true })).toEqual([]);
  });
});

describe('how a volume is shared', () => {
  it("is the host's own words, unchecked", () => {
    const options = { linux: 'on', freebsd: 'on' };
    const unchecked = { kind: 'on', options, clients: undefined };

    expect(sharingOf(parameters({}), volumeName, guarded)).toEqual({
      sharing: unchecked,
      record: undefined,
    });
    const words = parameters({ shareProperties: 'on', shareClients: 'everyone' });
    expect(sharingOf(words, volumeName, guarded).sharing).toEqual(unchecked);
  });

  it('is left to the parent', () => {
    expect(sharingOf(parameters({ share: 'inherit' }), volumeName, guarded)).toEqual({
      sharing: { kind: 'inherit' },
      record: undefined,
    });
  });

  it('names the clients that must be exported to, and nobody else', () => {
    const asked = parameters({ shareClients: '10.0.0.0/8', fsid: 'auto' });

    expect(sharingOf(asked, volumeName, guarded)).toMatchObject({
      sharing: {
        options: { linux: `sec=sys,rw=@10.0.0.0/8,no_root_squash,fsid=${uid}` },
        clients: ['10.0.0.0/8'],
      },
      record: undefined,
    });
  });

  it('names the nodes, and is recorded where it does, so that it can follow them', () => {
    const raw = {
      ...{ shareClients: '@nodes,10.0.0.0/8', shareMode: 'ro', squash: 'all' },
      ...{ anonuid: '1000', anongid: '2000', security: 'sys:krb5', fsid: 'auto' },
    };
    const { sharing, record = '' } = sharingOf(parameters(raw), volumeName, guarded);

    expect(sharing).toMatchObject({
      kind: 'on',
      options: {
        linux: `sec=sys:krb5,ro=192.0.2.1:192.0.2.2:[fd00::2]:@10.0.0.0/8,all_squash,anonuid=1000,anongid=2000,fsid=${uid}`,
      },
      clients: ['192.0.2.1', '192.0.2.2', 'fd00::2', '10.0.0.0/8'],
    });
    expect(sharingAgain(record, volumeName, guarded)).toEqual(
      sharing.kind === 'on' ? sharing.options : undefined,
    );
    const later = { ...guarded, nodeAddresses: () => ['192.0.2.7'] };
    expect(sharingAgain(record, volumeName, later).linux).toContain('ro=192.0.2.7:@10.0.0.0/8,');
  });

  it('waits for a node where it names nobody else', () => {
    const nobody = { ...guarded, nodeAddresses: () => ['not-an-address'] };
    const asked = parameters({ shareClients: '@nodes' });

    expect(() => sharingOf(asked, volumeName, nobody)).toThrow(NoClientsError);
    const { record = '' } = sharingOf(asked, volumeName, guarded);
    expect(() => sharingAgain(record, volumeName, nobody)).toThrow(NoClientsError);
  });

  it.each([
    '',
    '{}',
    '[]',
    '{"shareClients":"*"}',
    '{"shareClients":["a"]}',
    '{"shareClients":"a","squash":"root,rw"}',
    '{"shareClients":"a","extra":"1"}',
    '{"shareClients":"a","anonuid":1}',
  ])('is not taken from a record that was edited into nonsense: %s', (record) => {
    expect(() => sharingAgain(record, volumeName, guarded)).toThrow('cannot be read');
  });

  it.each(['everyone', '10.0.0.0/8'])(
    'is not taken from a record that was edited so that it does not follow the nodes: %s',
    (shareClients) => {
      const record = JSON.stringify({ shareClients });

      expect(() => sharingAgain(record, volumeName, guarded)).toThrow('@nodes');
    },
  );
});
