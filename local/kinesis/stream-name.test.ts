import { withStreamName } from './stream-name';

const ARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/raw';

describe('naming a stream', () => {
  it.each([
    ['by name', { StreamName: 'raw' }, { StreamName: 'raw' }],
    ['by ARN', { StreamARN: ARN, Limit: 1 }, { StreamName: 'raw', Limit: 1 }],
    ['by both', { StreamName: 'raw', StreamARN: ARN }, { StreamName: 'raw' }],
    ['not at all', { Limit: 1 }, { Limit: 1 }],
  ])('%s', (_how, params, expected) => expect(withStreamName(params)).toEqual(expected));

  it.each([
    ['another stream', { StreamName: 'bad', StreamARN: ARN }],
    ['no ARN', { StreamARN: 'raw' }],
    ['the ARN of a consumer', { StreamARN: `${ARN}/consumer/x:1` }],
  ])('by an ARN of %s is refused', (_what, params) => {
    expect(() => withStreamName(params)).toThrow(/StreamARN/);
  });
});
