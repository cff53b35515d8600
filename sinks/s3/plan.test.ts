import {
  decodePlan,
  decodeState,
  encodePlan,
  encodeState,
  planFaults,
  sha256,
  type Plan,
  type PlannedFile,
} from './plan';

const MIB = 1024 * 1024;
const part = (partNumber: number, bytes = 100) => ({ partNumber, etag: '"e"', crc32: 'AAAAAA==', bytes });
const file = (change: Partial<PlannedFile> = {}): PlannedFile => ({
  key: 'enriched/date=2026-01-01/hour=00/a-0.jsonl.gz',
  uploadId: 'upload-1',
  bytes: 100,
  lines: 3,
  parts: [part(1)],
  ...change,
});
const plan = (files: readonly PlannedFile[] = [file()]): Plan => ({
  version: 1,
  application: 'enricher',
  streamName: 'raw',
  shardId: 'shardId-000000000000',
  from: { sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0 },
  to: { sequenceNumber: '20', subSequenceNumber: 3 },
  first: '10',
  last: '20',
  batchId: 'batch-1',
  files,
});

describe('planFaults', () => {
  test('a sound plan has none', () => {
    const two = file({ key: 'b', bytes: 5 * MIB + 1, parts: [part(1, 5 * MIB), part(2, 1)] });
    expect(planFaults(plan([file(), two]))).toEqual([]);
  });

  test.each<[string, readonly PlannedFile[]]>([
    ['two files with one key', [file(), file()]],
    ['no upload id', [file({ uploadId: '' })]],
    ['no parts', [file({ bytes: 0, parts: [] })]],
    ['an empty part', [file({ bytes: 0, parts: [part(1, 0)] })]],
    ['a gap in the part numbers', [file({ bytes: 5 * MIB + 1, parts: [part(1, 5 * MIB), part(3, 1)] })]],
    ['a small part before the last', [file({ bytes: 101, parts: [part(1), part(2, 1)] })]],
    ['a part without its tag', [file({ parts: [{ ...part(1), etag: '' }] })]],
    ['a size that its parts do not have', [file({ bytes: 99 })]],
    [
      '10,001 parts',
      [file({ bytes: 10_001 * 5 * MIB, parts: Array.from({ length: 10_001 }, (_, i) => part(i + 1, 5 * MIB)) })],
    ],
  ])('%s is said before prepare', (_what, files) => {
    expect(planFaults(plan(files)).length).toBeGreaterThan(0);
  });
});

describe('decodePlan', () => {
  const bytes = encodePlan(plan());
  const state = { plan: 'p.json', sha256: sha256(bytes), bucket: 'b', endpoint: '' };
  const shard = { streamName: 'raw', shardId: 'shardId-000000000000' };
  const to = { sequenceNumber: '20', subSequenceNumber: 3 };

  test('the state and the plan are read as they were written', () => {
    expect(decodeState(encodeState(state))).toEqual(state);
    expect(decodePlan(bytes, state, shard, to)).toEqual({ ok: true, plan: plan() });
  });

  test.each([
    ['other bytes than the row says', Buffer.concat([bytes, Buffer.from(' ')]), shard, to],
    ['of another shard', bytes, { ...shard, shardId: 'shardId-000000000001' }, to],
    ['of another stream', bytes, { ...shard, streamName: 'bad' }, to],
    ['of another position', bytes, shard, { ...to, subSequenceNumber: 4 }],
  ])('%s is refused', (_what, found, of, position) => {
    expect(decodePlan(found, state, of, position).ok).toBe(false);
  });

  test('a version of tomorrow is refused', () => {
    const tomorrow = Buffer.from(JSON.stringify({ ...plan(), version: 2 }));
    expect(decodePlan(tomorrow, { ...state, sha256: sha256(tomorrow) }, shard, to).ok).toBe(false);
  });

  test.each(['plan', 'sha256', 'bucket', 'endpoint'])('a state without %s is not understood', (name) => {
    const { [name]: _gone, ...rest } = encodeState(state);
    expect(decodeState(rest)).toBeNull();
  });
});
