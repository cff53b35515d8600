import { compareEvents, countEach, type EventCounts } from './compare-events';

const counts = (...ids: string[]): EventCounts => countEach(ids);

test('what was accepted is in the stream and once in the output for each time: nothing is wrong', () => {
  expect(compareEvents(new Set(['a', 'b']), counts('a', 'b', 'b'), counts('b', 'a', 'b'))).toEqual({
    notInStream: [],
    notInOutput: [],
    doubled: [],
    putAgain: 1,
    records: 3,
    lines: 3,
  });
});

test.each<[string, string[], string[], string[], object]>([
  ['accepted and nowhere', ['a'], [], [], { notInStream: ['a'], notInOutput: [], doubled: [] }],
  ['in the stream, not in the output', ['a'], ['a'], [], { notInStream: [], notInOutput: ['a'], doubled: [] }],
  ['twice in the stream, once in the output', ['a'], ['a', 'a'], ['a'], { notInOutput: ['a'], doubled: [] }],
  ['once in the stream, twice in the output', ['a'], ['a'], ['a', 'a'], { notInOutput: [], doubled: ['a'] }],
  ['in the output only', [], [], ['a'], { notInOutput: [], doubled: ['a'] }],
  ['one lost and one doubled, the sums equal', ['a', 'b'], ['a', 'b'], ['a', 'a'], { notInOutput: ['b'], doubled: ['a'] }], // prettier-ignore
  ['never accepted, but in the stream: its answer was lost', [], ['a'], ['a'], { notInStream: [], notInOutput: [], doubled: [] }], // prettier-ignore
])('%s', (_name, accepted, stream, output, expected) => {
  expect(compareEvents(new Set(accepted), counts(...stream), counts(...output))).toMatchObject(expected);
});
