import e2e from './jest.config.js';

/**
 * Scenarios on virtual machines with OpenZFS: those that ask for one, and of the others those that depend on what
 * a real host does. Faults that the shim makes up are the same everywhere.
 */
export default {
  ...e2e,
  roots: ['<rootDir>/e2e/scenarios'],
  testPathIgnorePatterns: [],
  testMatch: [
    '**/openzfs-*.e2e.ts',
    '**/provisioning.e2e.ts',
    '**/provisioning-parents.e2e.ts',
    '**/provisioning-sizes.e2e.ts',
    '**/orphans.e2e.ts',
    '**/deletion.e2e.ts',
    '**/deletion-snapshots.e2e.ts',
    '**/deletion-classic.e2e.ts',
  ],
};
