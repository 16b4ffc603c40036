import { env } from 'node:process';

import e2e from './jest.config.js';

/** Those that ask for virtual machines, and of the others those that depend most on what a real host does. */
const always = [
  'openzfs-{doctor,drift,host,host-setup,native-properties,nfs,nfs-ways,ownership,pool,properties,sharing,wrong-dataset}',
  'provisioning',
  'deletion',
];

/** The rest of what is told of datasets: with ALL=1. Much of it is faults that the shim makes up, the same everywhere. */
const others = [
  'openzfs-{suspended,trash}', // 80 s and 150 s
  'growth',
  'orphans',
  'provisioning-*',
  'deletion-*',
  'wrong-dataset*',
  'growth-*',
  'class-properties',
  'space-policy',
];

/** Scenarios on virtual machines with OpenZFS: one file at a time, as a machine without KVM takes a core for itself. */
export default {
  ...e2e,
  roots: ['<rootDir>/e2e/scenarios'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  testMatch: [...always, ...(env.ALL === '1' ? others : [])].map((name) => `**/${name}.e2e.ts`),
};
