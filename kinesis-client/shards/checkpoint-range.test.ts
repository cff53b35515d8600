import { ruleCheckpoint, END, type CheckpointRange } from './checkpoint-range';

const at = (sequenceNumber: string | null, subSequenceNumber = 0) =>
  ({ sequenceNumber, subSequenceNumber }) as { sequenceNumber: string; subSequenceNumber: number };
const range = (last: string, delivered: string, atEnd = false, sub = 0): CheckpointRange => ({
  last: at(last),
  delivered: at(delivered, sub),
  atEnd,
});

describe('ruleCheckpoint (scenario 52)', () => {
  it.each([
    ['inside the range', at('15'), range('10', '20'), { kind: 'write', to: at('15') }],
    ['the greatest delivered record', at('20'), range('10', '20'), { kind: 'write', to: at('20') }],
    ['no argument', at(null), range('10', '20'), { kind: 'write', to: at('20') }],
    ['no argument after an aggregate', at(null), range('10', '20', false, 5), { kind: 'write', to: at('20', 5) }],
    ['inside an aggregate', at('20', 3), range('10', '20', false, 5), { kind: 'write', to: at('20', 3) }],
    ['the first digits after a sentinel', at('1'), range('TRIM_HORIZON', '20'), { kind: 'write', to: at('1') }],
    ['the last checkpoint again', at('10'), range('10', '20'), { kind: 'nothing-to-write' }],
    ['no argument when nothing was delivered', at(null), range('LATEST', 'LATEST'), { kind: 'nothing-to-write' }],
    ['the sentinel that is stored', at('LATEST'), range('LATEST', '20'), { kind: 'nothing-to-write' }],
    ['no argument at the end', at(null), range('10', '20', true), { kind: 'write', to: END }],
    ['the last record at the end', at('20'), range('10', '20', true), { kind: 'write', to: END }],
    ['the last record, stored already, at the end', at('20'), range('20', '20', true), { kind: 'write', to: END }],
    [
      'the very last record at the end',
      { ...at('20'), isExact: true },
      range('10', '20', true),
      { kind: 'write', to: at('20') },
    ],
    ['SHARD_END at the end', at('SHARD_END'), range('10', '20', true), { kind: 'write', to: END }],
    ['an earlier record at the end', at('15'), range('10', '20', true), { kind: 'write', to: at('15') }],
    ['SHARD_END again', at(null), range('SHARD_END', '20', true), { kind: 'nothing-to-write' }],
  ])('allows %s', (_what, request, limits, expected) => {
    expect(ruleCheckpoint(request, limits)).toEqual(expected);
  });

  it.each([
    ['before the last checkpoint', at('9'), range('10', '20')],
    ['after the greatest delivered record', at('21'), range('10', '20')],
    ['after it by the sub-sequence number', at('20', 6), range('10', '20', false, 5)],
    ['SHARD_END before the end', at('SHARD_END'), range('10', '20')],
    ['a sentinel that is not stored', at('TRIM_HORIZON'), range('LATEST', '20')],
    ['a word', at('soon'), range('10', '20')],
    ['nothing', at(''), range('10', '20')],
    ['a fraction of a record', at('15', 0.5), range('10', '20')],
    ['a number', at(15 as unknown as string), range('10', '20')],
    ['a negative sub-sequence number', at('15', -1), range('10', '20')],
  ])('refuses %s', (_what, request, limits) => {
    expect(ruleCheckpoint(request, limits).kind).toBe('refused');
  });

  it('compares as numbers, not as texts', () => {
    expect(ruleCheckpoint(at('9'), range('8', '10')).kind).toBe('write');
  });
});
