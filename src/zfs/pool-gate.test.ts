import { beforeEach, describe, expect, it } from '@jest/globals';
import { PoolUnavailableError } from './dataset-errors.ts';
import { PoolGate } from './pool-gate.ts';

const location = { host: 'nas', dataset: 'tank/k8s/pvc-1' };

let health: string | undefined;
let ageMs: number;
let looked: string[];
let gate: PoolGate;

beforeEach(() => {
  ageMs = 0;
  looked = [];
  gate = new PoolGate({
    sightOf: (host, dataset) =>
      host === 'nas' && dataset.startsWith('tank/') ? { health, ageMs } : undefined,
    look: (host) => looked.push(host),
  });
});

describe('the gate of a pool', () => {
  it.each(['ONLINE', 'DEGRADED', undefined])('lets verbs through where it is %s', (state) => {
    health = state;

    expect(() => {
      gate.require(location);
    }).not.toThrow();
  });

  it.each(['SUSPENDED', 'FAULTED', 'UNAVAIL', 'OFFLINE', 'REMOVED'])(
    'refuses them before anything is sent where it is %s, and says what to do',
    (state) => {
      health = state;

      expect(() => {
        gate.require(location);
      }).toThrow(PoolUnavailableError);
      expect(() => {
        gate.require(location);
      }).toThrow(
        `pool tank on nas is ${state}, as the last look at the host saw it: nothing was sent`,
      );
    },
  );

  it('knows nothing of other pools and hosts', () => {
    health = 'SUSPENDED';
    gate.require({ host: 'nas', dataset: 'tank2/k8s/pvc-1' });
    gate.require({ host: 'other', dataset: 'tank/k8s/pvc-1' });

    expect(looked).toEqual([]);
  });

  it('has the host looked at anew, but not by everybody at once', () => {
    health = 'SUSPENDED';
    expect(() => {
      gate.require(location);
    }).toThrow(PoolUnavailableError);
    expect(looked).toEqual([]);
    ageMs = 5001;
    expect(() => {
      gate.require(location);
    }).toThrow(PoolUnavailableError);
    expect(looked).toEqual(['nas']);
  });

  it('opens when nobody has looked for two minutes: zfs tells better', () => {
    health = 'SUSPENDED';
    ageMs = 120_001;

    gate.require(location);
    expect(looked).toEqual(['nas']);
  });
});
