import { lookupHistory } from './lookup-history';

const atMs = Date.UTC(2024, 0, 1);
const lastAttempt = '2024-01-01T00:00:00.000Z';
const embedded = { repository: 'Iglu Client Embedded', errors: [{ error: 'NotFound' }], attempts: 1, lastAttempt };

test('every repository is told of, sorted by name, with the embedded one among them', () => {
  const failure = { error: 'RepoFailure', message: 'Unexpected status 500' } as const;
  expect(
    lookupHistory(
      [
        { repository: 'Z', error: failure, attempts: 0, atMs: atMs - 1 },
        { repository: 'Iglu Central', error: { error: 'NotFound' }, attempts: 1, atMs },
      ],
      atMs,
    ),
  ).toEqual([
    { repository: 'Iglu Central', errors: [{ error: 'NotFound' }], attempts: 1, lastAttempt },
    embedded,
    { repository: 'Z', errors: [failure], attempts: 0, lastAttempt: '2023-12-31T23:59:59.999Z' },
  ]);
});

test('without repositories the embedded one stands alone', () => {
  expect(lookupHistory([], atMs)).toEqual([embedded]);
});

test('a configured repository of the embedded name stands once', () => {
  const lookups = [{ repository: 'Iglu Client Embedded', error: { error: 'NotFound' }, attempts: 1, atMs }] as const;
  expect(lookupHistory(lookups, 0)).toEqual([embedded]);
});

test('a message is no longer than bad rows may have it', () => {
  const error = { error: 'ClientFailure', message: 'x'.repeat(300) } as const;
  const [entry] = lookupHistory([{ repository: 'A', error, attempts: 1, atMs }], atMs);
  expect(entry?.errors).toEqual([{ error: 'ClientFailure', message: 'x'.repeat(256) }]);
});
