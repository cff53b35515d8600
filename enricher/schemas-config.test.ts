import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultsOf } from '../test/default-settings';
import { checkSchemas, readResolver, schemasFields } from './schemas-config';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-resolver-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const defaults = defaultsOf(schemasFields);
const good = file(
  'good.json',
  '{"schema":"iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-3","data":{"cacheSize":500,"repositories":[' +
    '{"name":"Acme","priority":0,"vendorPrefixes":["com.acme"],"connection":{"http":{"uri":"http://127.0.0.1:1/"}}}]}}',
);
const bad = file('bad.json', '{"schema":"iglu:a/b/c/1-0-0"}');

test('the defaults, and a resolver file without faults, are fine', () => {
  expect(checkSchemas(defaults)).toEqual([]);
  expect(checkSchemas({ ...defaults, uri: '', resolver: good })).toEqual([]);
  expect(readResolver(good).config.repositories.map(({ name }) => name)).toEqual(['Acme']);
  expect(readResolver('').config.repositories).toEqual([]);
});

test('everything that is wrong is told, each in a line that names the setting', () => {
  const none = join(folder, 'none.json');
  expect(checkSchemas({ ...defaults, uri: '', breakerMinMs: 200, breakerMaxMs: 100 })).toEqual([
    'schemas.breakerMinMs is 200: it must not be more than schemas.breakerMaxMs (100)',
    'schemas.uri and schemas.resolver are both empty: there is nobody to ask for schemas',
  ]);
  expect(checkSchemas({ ...defaults, resolver: none }).join()).toContain(`schemas.resolver is ${none}: it cannot be`);
  expect(checkSchemas({ ...defaults, resolver: bad }).length).toBeGreaterThan(0);
  for (const fault of checkSchemas({ ...defaults, resolver: bad }))
    expect(fault).toContain(`schemas.resolver ${bad}: `);
});
