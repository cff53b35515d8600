import { knownSchemas } from '../../test/known-schemas';
import { requestOf } from '../../test/requests';
import { SchemaLookup } from '../schema-lookup';
import { readEvents } from './index';

const occasion = { processor: { artifact: 'test', version: '1.0.0' }, atMs: 0 };

describe('readEvents', () => {
  it.each([
    ['com.snowplowanalytics.snowplow', 'tp1', 'adapter_failures'],
    ['com.snowplowanalytics.snowplow', 'tp2', 'tracker_protocol_violations'],
    ['r', 'tp2', 'tracker_protocol_violations'],
    ['com.snowplowanalytics.iglu', 'v1', 'adapter_failures'],
    ['com.snowplowanalytics.snowplow', 'tp3', 'adapter_failures'],
  ])('calls the faults of %s/%s %s', (vendor, version, type) => {
    const request = { ...requestOf({}), vendor, version };
    const read = readEvents(request, new SchemaLookup(knownSchemas({})), occasion);
    expect(read).toMatchObject({ kind: 'bad', row: { type, failure: { vendor, version } } });
  });

  it('says of an unknown path that nobody reads it, and keeps the request', () => {
    const request = requestOf({ querystring: 'a=1&a', body: 'x' });
    expect(readEvents(request, new SchemaLookup(knownSchemas({})), occasion)).toMatchObject({
      row: {
        failure: {
          messages: [
            {
              field: 'vendor/version',
              value: 'com.acme/v1',
              expectation: 'vendor/version combination is not supported',
            },
          ],
        },
        payload: {
          querystring: [
            { name: 'a', value: '1' },
            { name: 'a', value: null },
          ],
          body: 'x',
        },
      },
    });
  });
});
