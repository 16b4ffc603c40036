import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { formatShareClients, nodeClients, parseShareClients } from './share-clients.ts';

describe('a list of clients', () => {
  it('has networks, addresses, names, the nodes', () => {
    const text = '10.0.0.0/8, fd00::/64,[FD00::1],192.0.2.1,nas.example.com,node-1,@nodes';

    const { clients, problems } = parseShareClients(text);

    expect(problems).toEqual([]);
    expect(formatShareClients(clients)).toBe(
      '10.0.0.0/8,fd00::/64,fd00::1,192.0.2.1,nas.example.com,node-1,@nodes',
    );
  });

  it('may be everyone, and then nobody else', () => {
    expect(parseShareClients('everyone')).toEqual({
      clients: [{ kind: 'everyone' }],
      problems: [],
    });
    expect(formatShareClients(parseShareClients('everyone').clients)).toBe('everyone');
    expect(parseShareClients('everyone,10.0.0.0/8').problems).toEqual([
      expect.stringContaining('includes all others'),
    ]);
  });

  it.each([
    ['', 'empty'],
    ['10.0.0.0/8,', 'empty'],
    ['10.0.0.1/8', 'bits beyond'],
    ['10.0.0/8', 'no network'],
    ['10.0.0', 'no network'],
    ['256.0.0.1', 'no network'],
    ['fd00::1/64', 'no network'],
    ['fe80::1%eth0', 'no network'],
    ['0.0.0.0/0', 'write everyone'],
    ['::/0', 'write everyone'],
    ['*', 'write everyone'],
    ['0.0.0.0', 'no machine'],
    ['::', 'no machine'],
    ['@group', '@nodes'],
    ['@10.0.0.0/8', '"@"'],
    ['*.example.com', 'no network, address or host name'],
    ['-host', 'no network, address or host name'],
    ['host(rw)', 'no network, address or host name'],
    ['a b', 'no network, address or host name'],
    ['$(reboot)', 'no network, address or host name'],
    ["'; reboot; '", 'no network, address or host name'],
    ['hôst', 'no network, address or host name'],
    ['host.123', 'no network, address or host name'],
    [`${'a'.repeat(64)}.example`, 'no network, address or host name'],
  ])('is refused: %j', (text, problem) => {
    expect(parseShareClients(text).problems).toEqual([expect.stringContaining(problem)]);
  });

  it('names every problem, none of them at length', () => {
    const { problems } = parseShareClients(`10.0.0.1/8,${'a'.repeat(10_000)},::/0`);

    expect(problems).toHaveLength(3);
    expect(problems.every(({ length }) => length < 250)).toBe(true);
  });

  it('never lets a character through that parts options or clients, whatever is written', () => {
    const alphabet = fc.constantFrom(...'ab1.:/[]@*,; \t\n"\'()$-=_é\0'.split(''));
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 30 }), (text) => {
        const { clients, problems } = parseShareClients(text);

        expect(problems.length > 0 || clients.length > 0).toBe(true);
        expect(formatShareClients(clients)).toMatch(/^(?:everyone|@nodes|[A-Za-z0-9.:/-]+|,)*$/);
        expect(parseShareClients(formatShareClients(clients)).clients).toEqual(
          clients.length === 0 ? [] : clients,
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the addresses of nodes', () => {
  it('are clients, each once, in one order; what is no address is left out', () => {
    const addresses = [
      '192.0.2.2',
      'fd00::0:1',
      '192.0.2.1',
      'fd00::1',
      'node-1',
      '',
      '0.0.0.0',
      '::/0',
    ];

    expect(formatShareClients(nodeClients(addresses))).toBe('192.0.2.1,192.0.2.2,fd00::1');
    expect(nodeClients([...addresses].reverse())).toEqual(nodeClients(addresses));
  });
});
