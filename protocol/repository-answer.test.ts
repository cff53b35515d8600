import { hasPartOfDots, noAnswer, repositoryAnswer, schemaAddress, type RepositoryAnswer } from './repository-answer';

const key = { vendor: 'com.acme', name: 'checkout', format: 'jsonschema', version: '1-0-2' };
const bytes = (text: string): Uint8Array => Buffer.from(text);
const repoFailure = (message: string): RepositoryAnswer => ({
  kind: 'unavailable',
  error: { error: 'RepoFailure', message },
});
const clientFailure = (kind: 'unavailable' | 'refused', message: string): RepositoryAnswer => ({
  kind,
  error: { error: 'ClientFailure', message },
});
const noJson = clientFailure('refused', 'Could not decode server response. It is no JSON');

test('a schema has one address in a repository', () => {
  expect(schemaAddress('http://a.example/api', key)).toBe(
    'http://a.example/api/schemas/com.acme/checkout/jsonschema/1-0-2',
  );
});

test.each<[string, boolean]>([
  ['.', true],
  ['..', true],
  ['...', true],
  ['..a', false],
  ['com.acme', false],
])('the vendor %s is a part of dots: %s', (vendor, expected) => {
  expect(hasPartOfDots({ ...key, vendor })).toBe(expected);
});

test.each<[number, string, RepositoryAnswer]>([
  [200, '{"a":1.0}', { kind: 'found', text: bytes('{"a":1.0}') }],
  [200, '', noJson],
  [200, '<html>', noJson],
  [200, '{"a":', noJson],
  [200, '\ufeff{}', noJson],
  [404, '{}', { kind: 'not-found' }],
  [201, '{}', clientFailure('refused', 'Unexpected status 201')],
  [301, '{}', clientFailure('refused', 'Unexpected status 301')],
  [401, '{}', clientFailure('refused', 'Unexpected status 401')],
  [403, '{}', clientFailure('refused', 'Unexpected status 403')],
  [414, '{}', clientFailure('refused', 'Unexpected status 414')],
  [408, '{}', clientFailure('unavailable', 'Unexpected status 408')],
  [429, '{}', clientFailure('unavailable', 'Unexpected status 429')],
  [500, '{}', repoFailure('Unexpected status 500')],
  [503, '{}', repoFailure('Unexpected status 503')],
])('status %i with the body %j', (status, body, expected) => {
  expect(repositoryAnswer({ status, body: bytes(body) })).toEqual(expected);
});

test('bytes that are no UTF-8, and a body that is too large, are refused', () => {
  expect(repositoryAnswer({ status: 200, body: Buffer.from([0x22, 0xff, 0x22]) })).toEqual(noJson);
  expect(repositoryAnswer({ status: 200, body: null })).toEqual(
    clientFailure('refused', 'The document is too large for a schema'),
  );
});

test('no answer is an outage', () => {
  expect(noAnswer('connect ECONNREFUSED')).toEqual(clientFailure('unavailable', 'connect ECONNREFUSED'));
});
