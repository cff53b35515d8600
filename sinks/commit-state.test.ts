import { decodeCommitState, encodeCommitState } from './commit-state';

const s3 = { plan: '_commits/a/raw/shardId-000000000000/1-2.json', sha256: 'f'.repeat(64), bucket: 'b', endpoint: '' };
const known = new Set(['s3']);
const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

test('what was written is read', () => {
  expect(decodeCommitState(encodeCommitState({ s3 }), known)).toEqual({ ok: true, sinks: { s3 } });
});

test('the longest names still fit one write unit of the lease row', () => {
  const plan = `${'p'.repeat(60)}/_commits/${'a'.repeat(128)}/${'s'.repeat(128)}/shardId-000000000000/${'4'.repeat(56)}-${'4'.repeat(56)}-${'u'.repeat(36)}.json`;
  const bytes = encodeCommitState({
    s3: { ...s3, plan, bucket: 'b'.repeat(63), endpoint: 'https://s3.eu-central-1.amazonaws.com' },
  });
  expect(bytes.length).toBeLessThan(1_024);
});

test('a state that would not fit is a bug, said at once', () => {
  expect(() => encodeCommitState({ s3: { plan: 'x'.repeat(1_024) } })).toThrow('1024');
});

test.each([
  ['no bytes', Buffer.alloc(0)],
  ['no JSON', Buffer.from('{"version":')],
  ['no UTF-8', Buffer.from([0xff, 0xfe])],
  ['no object', text([1])],
  ['another version', text({ version: 2, sinks: { s3 } })],
  ['no sinks', text({ version: 1 })],
  ['a sink that is not set up', text({ version: 1, sinks: { s3, kafka: {} } })],
  ['a state that is no flat object of texts', text({ version: 1, sinks: { s3: { plan: 1 } } })],
])('%s is not understood, never guessed at', (_what, bytes) => {
  expect(decodeCommitState(bytes, known)).toMatchObject({ ok: false, reason: expect.any(String) });
});
