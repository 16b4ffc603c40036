const swc = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
  module: { type: 'es6' },
};

/** @type {import('jest').Config} */
export default {
  roots: ['src', 'test', 'charts', 'scripts', 'e2e/bench'].map((root) => `<rootDir>/${root}`),
  testEnvironment: 'node',
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts', '.sh'],
  transform: {
    '\\.ts$': ['@swc/jest', swc],
    '\\.sh$': '<rootDir>/test/support/text-transform.cjs',
  },
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.d.ts', '!src/main.ts'],
  coverageReporters: ['text-summary', 'json-summary', 'lcovonly'],
};
