import { seededRandom } from '../runtime/random';
import { routeOf, type Route } from './route';

const key = { vendor: 'com.acme', name: 'checkout', format: 'jsonschema', version: '1-0-2' };

const cases: readonly [string, Route][] = [
  ['/schemas/com.acme/checkout/jsonschema/1-0-2', { kind: 'schema', key }],
  ['/api/schemas/com.acme/checkout/jsonschema/1-0-2?repr=canonical', { kind: 'schema', key }],
  ['/schemas/com.acme/checkout/avro/1-0-2', { kind: 'schema', key: { ...key, format: 'avro' } }],
  ['/schemas', { kind: 'list', filter: {} }],
  ['/api/schemas?repr=uri', { kind: 'list', filter: {} }],
  ['/schemas/com.acme', { kind: 'list', filter: { vendor: 'com.acme' } }],
  ['/schemas/com.acme/checkout', { kind: 'list', filter: { vendor: 'com.acme', name: 'checkout' } }],
  [
    '/schemas/com.acme/checkout/jsonschema/12',
    { kind: 'list', filter: { vendor: 'com.acme', name: 'checkout', format: 'jsonschema', model: '12' } },
  ],
  ['/health', { kind: 'health' }],
  ['/api/meta/health', { kind: 'health' }],
  ['/schemas/com.acme/checkout/jsonschema/0-1-0', { kind: 'no-schema' }],
  ['/schemas/com.acme/checkout/jsonschema/1-0-01', { kind: 'no-schema' }],
  ['/schemas/com.acme/checkout/jsonschema/0', { kind: 'no-schema' }],
  ['/schemas/com.acme/checkout/avro/1', { kind: 'no-schema' }],
  ['/schemas/com%2eacme/checkout/jsonschema/1-0-2', { kind: 'no-schema' }],
  ['/schemas/com.acme/..%2f/jsonschema/1-0-2', { kind: 'no-schema' }],
  ['/schemas/com.acme/checkout/jsonschema', { kind: 'unknown' }],
  ['/schemas/com.acme/checkout/jsonschema/1-0-2/', { kind: 'unknown' }],
  ['/schemas/', { kind: 'unknown' }],
  ['/schemas//checkout/jsonschema/1-0-2', { kind: 'unknown' }],
  ['/api/api/schemas', { kind: 'unknown' }],
  ['//schemas', { kind: 'unknown' }],
  ['http://127.0.0.1/schemas', { kind: 'unknown' }],
  ['/', { kind: 'unknown' }],
  ['', { kind: 'unknown' }],
  ['*', { kind: 'unknown' }],
];

test.each(cases)('%s is understood', (target, route) => {
  expect(routeOf('GET', target)).toEqual(route);
  expect(routeOf('HEAD', target)).toEqual(route);
});

test.each(cases)('%s cannot be written', (target, { kind }) => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
    expect(routeOf(method, target)).toEqual({ kind: kind === 'unknown' ? 'unknown' : 'wrong-method' });
});

test('whatever the target, a schema is asked for by exactly the parts of its path', () => {
  const random = seededRandom(5);
  const pieces = [
    '/',
    '/schemas',
    '/api',
    '..',
    '.',
    '%2e',
    '%00',
    '%zz',
    '\\',
    'com.acme',
    '/a',
    '/1-0-0',
    '1',
    '?',
    '-',
    'é',
  ];
  for (let i = 0; i < 5_000; i++) {
    const target = Array.from({ length: random.integer(9) }, () => pieces[random.integer(pieces.length)]).join('');
    const route = routeOf('GET', target);
    if (route.kind !== 'schema') continue;
    const { vendor, name, format, version } = route.key;
    expect(target.split('?')[0]?.replace(/^\/api/, '')).toBe(`/schemas/${vendor}/${name}/${format}/${version}`);
  }
});
