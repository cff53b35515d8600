/** Unit tests lie beside the code; what belongs to no single file is under test/. */
module.exports = {
  testEnvironment: 'node',
  // Two, also on two cores: much of the time is spent waiting for processes.
  maxWorkers: 2,
  // Ample, for a busy machine: no test asserts by its time-out.
  testTimeout: 30_000,
  testSequencer: './test/long-tests-first.js',
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/stack/', '<rootDir>/test/long/'], // npm run test:stack, test:long
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/data/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
};
