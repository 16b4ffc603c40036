const swc = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
  module: { type: 'es6' },
};

/** @type {import('jest').Config} */
export default {
  roots: [
    'src',
    'test',
    'charts',
    'scripts',
    'e2e/bench',
    'e2e/benchmark',
    'e2e/chaos',
    'e2e/soak',
    'e2e/scale',
    'e2e/image',
    'e2e/kind',
  ].map((root) => `<rootDir>/${root}`),
  testEnvironment: 'node',
  reporters: ['default', '<rootDir>/test/support/plain-summary.cjs'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts', '.sh', '.css'],
  transform: {
    '\\.ts$': ['@swc/jest', swc],
    '\\.(sh|css|browser\\.js)$': '<rootDir>/test/support/text-transform.cjs',
  },
  collectCoverageFrom: [
    'src/**/*.ts',
    '!src/**/*.d.ts',
    '!src/start.ts',
    '!src/main.ts',
    '!src/kubectl-zfs.ts',
  ],
  // The pure rooms, and all that decides or destroys.
  coverageThreshold: {
    global: { lines: 90 },
    ...Object.fromEntries(
      [
        'src/volume/',
        'src/zfs/',
        'src/controller/claim-policy.ts',
        'src/controller/volume-policy.ts',
        'src/controller/outcome.ts',
        'src/provisioner/',
      ].map((path) => [path, { lines: 100 }]),
    ),
  },
  coverageReporters: ['text-summary', 'json-summary', 'lcovonly'],
};
