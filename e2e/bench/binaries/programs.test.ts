import { describe, expect, it } from '@jest/globals';
import { isNewEnough } from './go-build.ts';
import { programs, requiredVersion, versionOf } from './programs.ts';

const goMod = `module example

go 1.26.0

require example.test/alone v1.2.3

require (
	example.test/other v0.1.0 // indirect
	example.test/group/v2 v2.0.1-rc.1
)

replace example.test/replaced => example.test/replaced v9.9.9
`;

describe('versions of programs', () => {
  it.each([
    ['example.test/alone', 'v1.2.3'],
    ['example.test/other', 'v0.1.0'],
    ['example.test/group/v2', 'v2.0.1-rc.1'],
  ])('reads what go.mod requires of %s', (module, version) => {
    expect(requiredVersion(goMod, module)).toBe(version);
  });

  it.each(['example.test/replaced', 'example.test/al', 'example.test/none'])(
    'does not make up a version of %s',
    (module) => {
      expect(() => requiredVersion(goMod, module)).toThrow(`does not require ${module}`);
    },
  );

  it('knows the version of every program', () => {
    const versions = Object.values(programs).map((program) => versionOf(program));

    expect(versions).not.toHaveLength(0);
    expect(versions.every((version) => /^v\d+\.\d+\.\d+$/.test(version))).toBe(true);
  });
});

describe('the Go that builds', () => {
  it.each([
    ['go1.26', true],
    ['go1.26.8', true],
    ['go1.27rc1', true],
    ['go2.0', true],
    ['go1.25.9', false],
    ['go1.9', false],
    ['devel +abc', false],
    ['', false],
  ])('%s is new enough: %s', (version, expected) => {
    expect(isNewEnough(version)).toBe(expected);
  });
});
