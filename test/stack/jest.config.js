/** `npm run test:stack`: what needs more than Node and npm (a browser, second emulators), or takes minutes. One test file at a time. */
const suite = require('../../jest.config.js');

module.exports = {
  ...suite,
  rootDir: '../..',
  maxWorkers: 1,
  // A second emulator takes ten seconds to read back 10 MiB, on a machine that has nothing else to do.
  testTimeout: 90_000,
  testMatch: ['<rootDir>/test/stack/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
};
