import { fileName, planName, probeName } from './file-name';

const of = { streamName: 'raw', shardId: 'shardId-000000000003', first: '495', last: '496' };

test('a file lies in the folders of its table, date and hour, named by stream, shard, batch and number', () => {
  expect(fileName({ table: 'enriched', date: '2026-01-31', hour: '05' }, of, 2)).toBe(
    'enriched/date=2026-01-31/hour=05/raw-shardId-000000000003-495-496-2.jsonl.gz',
  );
});

test('bad rows have their type as a folder', () => {
  expect(fileName({ table: 'bad/type=schema_violations', date: '2026-01-31', hour: '05' }, of, 0)).toBe(
    'bad/type=schema_violations/date=2026-01-31/hour=05/raw-shardId-000000000003-495-496-0.jsonl.gz',
  );
});

test('plans lie beside the tables, by application, stream and shard', () => {
  expect(planName('enricher', of)).toBe('_commits/enricher/raw/shardId-000000000003/495-496.json');
  expect(planName('enricher', of, 'u-1')).toBe('_commits/enricher/raw/shardId-000000000003/495-496-u-1.json');
  expect(probeName('enricher')).toBe('_commits/enricher/probe.json');
});

test.each(['raw:1', 'raw*', 'raw[1]', 'raw?', 'raw ', 'räw'])(
  'a name with a character that readers trip over is a bug: %s',
  (streamName) => {
    expect(() => fileName({ table: 'enriched', date: '2026-01-31', hour: '05' }, { ...of, streamName }, 0)).toThrow(
      'key',
    );
  },
);
