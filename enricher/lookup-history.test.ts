import { printJson } from '../protocol/json';
import { lookupHistory } from './lookup-history';

test('every repository stands in the order of its name, the embedded one among them', () => {
  const atMs = Date.UTC(2024, 0, 1);
  const history = lookupHistory(
    [
      { repository: 'Zoo', error: { error: 'NotFound' }, attempts: 1, atMs },
      { repository: 'Acme', error: { error: 'RepoFailure', message: 'Unexpected status 500' }, attempts: 2, atMs: atMs - 1_000 },
    ],
    atMs,
  ); // prettier-ignore
  expect(printJson(history)).toBe(
    '[{"repository":"Acme","errors":[{"error":"RepoFailure","message":"Unexpected status 500"}],"attempts":2,"lastAttempt":"2023-12-31T23:59:59.000Z"},' +
      '{"repository":"Iglu Client Embedded","errors":[{"error":"NotFound"}],"attempts":1,"lastAttempt":"2024-01-01T00:00:00.000Z"},' +
      '{"repository":"Zoo","errors":[{"error":"NotFound"}],"attempts":1,"lastAttempt":"2024-01-01T00:00:00.000Z"}]',
  );
});
