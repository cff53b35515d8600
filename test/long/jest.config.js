/** `npm run test:long`: what takes hours, or tens of minutes. One test file at a time. */
const suite = require('../../jest.config.js');

module.exports = {
  ...suite,
  rootDir: '../..',
  maxWorkers: 1,
  testMatch: ['<rootDir>/test/long/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
};
