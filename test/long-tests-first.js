/** The order of the test files: the ones that run real processes first, so that no core waits for them at the end. */
const Sequencer = require('@jest/test-sequencer').default;

module.exports = class LongTestsFirst extends Sequencer {
  sort(tests) {
    const isLong = ({ path }) => /\/(integration|simulation)\//.test(path);
    return [...super.sort(tests)].sort((a, b) => Number(isLong(b)) - Number(isLong(a)));
  }
};
