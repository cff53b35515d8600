import { type CollectorPayload } from '../protocol/collector-payload';
import { recordOf } from '../test/requests';
import { checkPayload, type Request } from './check-payload';

function requestOf(parts: Partial<CollectorPayload>): Request {
  const checked = checkPayload(recordOf(parts));
  if (!checked.ok) throw new Error(JSON.stringify(checked.messages));
  return checked.request;
}

function messagesOf(parts: Partial<CollectorPayload>): readonly object[] {
  const checked = checkPayload(recordOf(parts));
  return checked.ok ? [] : checked.messages;
}

describe('checkPayload', () => {
  it.each<[string, string, string]>([
    ['/i', 'com.snowplowanalytics.snowplow', 'tp1'],
    ['/i?x', 'com.snowplowanalytics.snowplow', 'tp1'],
    ['/ice.png', 'com.snowplowanalytics.snowplow', 'tp1'],
    ['/com.acme/v1', 'com.acme', 'v1'],
    ['com.acme/v1/', 'com.acme', 'v1'],
    ['/r/tp2', 'r', 'tp2'],
  ])('reads the path %s as %s, %s', (path, vendor, version) =>
    expect(requestOf({ path })).toMatchObject({ vendor, version }),
  );

  it.each(['', '/', '/ix', '/a/b/c', '/a//b', 'ice.png'])('refuses the path %j', (path) =>
    expect(messagesOf({ path })).toEqual([
      {
        payloadField: 'path',
        value: path,
        expectation: 'path does not match (/)vendor/version(/) nor is a legacy /i(ce.png) request',
      },
    ]),
  );

  it('tells every fault of the fields, each by itself and in order', () =>
    expect(messagesOf({ querystring: 'a|b', path: undefined, networkUserId: '' })).toEqual([
      {
        payloadField: 'querystring',
        value: 'a|b',
        expectation:
          'could not extract name-value pairs from querystring with encoding UTF-8: ' +
          'Illegal character in query at index 19: http://localhost/?a|b',
      },
      { payloadField: 'path', value: null, expectation: 'request does not contain a path' },
      { payloadField: 'networkUserId', value: '', expectation: 'not valid UUID' },
    ]));

  it.each<[string, Partial<CollectorPayload>, string]>([
    ['a schema that is none', { schema: 'x' }, 'could not parse schema: INVALID_IGLUURI'],
    ['an unknown charset', { encoding: 'nope' }, 'error deserializing raw event: nope'],
    ['no charset', { encoding: '' }, 'error deserializing raw event: '],
    [
      'another schema',
      { schema: 'iglu:com.acme/x/thrift/1-0-0' },
      'verifying record as iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-* failed: found iglu:com.acme/x/thrift/1-0-0',
    ],
  ])('stops at %s', (_, parts, error) => expect(messagesOf({ ...parts, path: '/' })).toEqual([{ error }]));

  it('accepts later additions to its schema', () => {
    const schema = 'iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-7';
    expect(messagesOf({ schema })).toEqual([]);
  });

  it('writes the user id in full and takes the address of the client', () => {
    const { payload } = requestOf({ networkUserId: '1-2-3-4-5', headers: ['X-Forwarded-For: 198.51.100.9'] });
    expect(payload.networkUserId).toBe('00000001-0002-0003-0004-000000000005');
    expect(payload.ipAddress).toBe('198.51.100.9');
  });

  it.each(['', '\u0000', 'not thrift', '\u000b\u0000\u0064\u007f'])('refuses the bytes %j', (bytes) => {
    const checked = checkPayload(Buffer.from(bytes));
    expect(checked).toEqual({
      ok: false,
      messages: [{ error: expect.stringContaining('error deserializing raw event: ') }],
    });
  });
});
