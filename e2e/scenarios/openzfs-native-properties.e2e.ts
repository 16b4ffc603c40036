import { describe, expect, it } from '@jest/globals';
import { nativeProperties, readNativeValue } from '../../src/volume/native-properties.ts';
import { useOpenZfs } from '../openzfs.ts';

const { stage, host, run } = useOpenZfs({ classes: [{ name: 'plain' }] });

/** What this release calls otherwise than others do: `on` means `sa` since 2.3. */
const calledOtherwise = new Set(['xattr=sa']);

/** Chosen once for each dataset. */
const fixed = new Set(['casesensitivity', 'normalization', 'utf8only', 'encryption', 'keyformat']);
/** In a parameter of their own, or with others only. */
const combined = new Set(['keyformat', 'keylocation', 'pbkdf2iters']);

/** Each property that has words for values, with each of them; of long rows of numbers the ends. */
const choices = [...nativeProperties()].flatMap(([name, property]) => {
  if (property.use !== 'allowed' || combined.has(name)) return [];
  const { words } = property.values;
  const few = words.filter((word) => !/-\d+$/.test(word) || /-(1|9|19|1000)$/.test(word));
  const numbers: Readonly<Record<string, readonly string[]>> = {
    recordsize: ['512', '16K', '1M', '16M'],
    filesystem_limit: ['none', '7'],
    snapshot_limit: ['none', '7'],
  };
  return (few.length > 0 ? few : (numbers[name] ?? [])).map((value) => ({ name, value, property }));
});

describe('the table of native properties', () => {
  it('says of each value what OpenZFS shows once it is set', async () => {
    const parent = `${host().pool}/props`;
    await host().zfs('create', parent);
    await host().zfs('create', `${parent}/set`);
    const lines = choices.map(({ name, value }) => {
      const key = name === 'encryption' ? '-o keyformat=raw -o keylocation=file:///run/key' : '';
      const target = fixed.has(name) ? `${parent}/made` : `${parent}/set`;
      const change = fixed.has(name)
        ? `zfs create ${value === 'off' ? '' : key} -o ${name}=${value} ${target}`
        : `zfs set ${name}=${value} ${target}`;
      const undo = fixed.has(name) ? `zfs destroy ${target} 2>/dev/null` : ':';
      return `said=$(${change} 2>&1) && said=$(zfs get -Hp -o value ${name} ${target}); echo "$said" | head -1; ${undo}`;
    });

    const told = await run(`head -c 32 /dev/urandom >/run/key\n${lines.join('\n')}`);

    const found = told.trimEnd().split('\n');
    const differing = choices.flatMap(({ name, value, property }, index) => {
      const read = readNativeValue(property, value);
      const expected = 'value' in read ? read.value : read.problem;
      const said = `${name}=${value}`;
      return found[index] === expected || calledOtherwise.has(said)
        ? []
        : [`${said}: ${found[index]}`];
    });
    expect(differing).toEqual([]);
    expect(found).toHaveLength(choices.length);
  }, 180_000);

  it('lets a class set many at once, and its volumes have them', async () => {
    const properties = {
      ...{ aclinherit: 'passthrough', acltype: 'posix', atime: 'off', checksum: 'blake3' },
      ...{ compression: 'zstd-3', copies: '2', dedup: 'verify', devices: 'off', dnodesize: 'auto' },
      ...{ exec: 'off', logbias: 'throughput', primarycache: 'metadata', recordsize: '1M' },
      ...{ redundant_metadata: 'most', relatime: 'on', secondarycache: 'none', setuid: 'off' },
      ...{ snapdir: 'visible', sync: 'always', xattr: 'sa', normalization: 'formD' },
      'com.example:team': '{{claim.namespace}}',
    };
    const parameters = Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [`properties.${name}`, value]),
    );
    await stage().createClass('tuned', { parameters });

    const volume = await stage().provision({ name: 'tuned', className: 'tuned' });

    const names = Object.keys(properties).join(',');
    const rows = await host().zfs(
      ...['get', '-H', '-o', 'property,value,source', names],
      stage().datasetOf(volume),
    );
    const expected = { ...properties, 'com.example:team': 'default', xattr: 'on' };
    expect(
      Object.fromEntries(
        rows
          .trimEnd()
          .split('\n')
          .map((row) => row.replace('posixacl', 'posix').split('\t').slice(0, 2)),
      ),
    ).toEqual(expected);
  });
});
