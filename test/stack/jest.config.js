/** `npm run test:stack`: what needs more than Node and npm (a browser), or takes minutes. One test file at a time. */
const suite = require('../../jest.config.js');

module.exports = {
  ...suite,
  rootDir: '../..',
  maxWorkers: 1,
  testMatch: ['<rootDir>/test/stack/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
};
