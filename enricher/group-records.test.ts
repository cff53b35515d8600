import { groupRecords } from './group-records';

const record = (sequenceNumber: string, n = 0) => ({ sequenceNumber, n });

test.each([
  ['no records', [], []],
  ['plain records', ['1', '2'], [['1'], ['2']]],
  ['an aggregate between plain ones', ['1', '2', '2', '2', '3'], [['1'], ['2', '2', '2'], ['3']]],
  ['an aggregate alone', ['2', '2'], [['2', '2']]],
])('%s', (_what, numbers, groups) => {
  const grouped = groupRecords(numbers.map((number) => record(number)));
  expect(grouped.map((group) => group.map((one) => one.sequenceNumber))).toEqual(groups);
});

test('user records stay in their order', () => {
  expect(groupRecords([record('1', 0), record('1', 1), record('1', 2)])[0]?.map((one) => one.n)).toEqual([0, 1, 2]);
});
