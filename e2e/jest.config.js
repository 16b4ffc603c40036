import { env } from 'node:process';

import unit from '../jest.config.js';

/** Scenarios on the bench: two files at a time, each with a bench of its own. */
export default {
  testEnvironment: 'node',
  rootDir: '..',
  reporters: [...unit.reporters, '<rootDir>/test/support/failure-logs.cjs'],
  roots: ['<rootDir>/e2e/bench', '<rootDir>/e2e/scenarios'],
  testMatch: ['**/*.e2e.ts'],
  // Those need virtual machines (jest.openzfs.config.js), and those take pictures (make pictures).
  testPathIgnorePatterns: [
    '/scenarios/openzfs-',
    ...(env.PICTURES === undefined ? ['/scenarios/console-pictures'] : []),
  ],
  extensionsToTreatAsEsm: unit.extensionsToTreatAsEsm,
  transform: unit.transform,
  maxWorkers: 2,
  testTimeout: 60_000,
};
