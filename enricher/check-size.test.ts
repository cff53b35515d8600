import { adapterFailures, requestPayload, type BadRow } from '../protocol/bad-row';
import { payloadOf } from '../test/requests';
import { checkEventSize, checkRowSize } from './check-size';

const occasion = { processor: { artifact: 'test', version: '1.0.0' }, atMs: 0 };
const rowOf = (body: string): BadRow =>
  adapterFailures(occasion, [], requestPayload(payloadOf({ body }), { vendor: 'v', version: '1' }, []));

describe('checkEventSize', () => {
  const tabs = 130;

  it.each(['a', 'é', '日', '🚀'])('measures the bytes of the TSV: %s', (text) => {
    const event = { page_title: text.repeat(100) };
    const bytes = Buffer.byteLength(text) * 100 + tabs;
    expect(checkEventSize(event, bytes, occasion)).toBeUndefined();
    expect(checkEventSize(event, bytes - 1, occasion)).toMatchObject({
      type: 'size_violation',
      failure: {
        maximumAllowedSizeBytes: bytes - 1,
        actualSizeBytes: bytes,
        expectation: `Enriched event exceeds the maximum allowed size of ${bytes - 1} bytes`,
      },
    });
  });

  it('keeps a tenth', () =>
    expect(checkEventSize({ app_id: 'a'.repeat(1000) }, 1000, occasion)?.payload).toBe('a'.repeat(100)));
});

describe('checkRowSize', () => {
  it('lets a row through that fits', () => expect(checkRowSize(rowOf(''), 2000, occasion)).toBeUndefined());

  it('replaces one that does not', () => {
    const row = checkRowSize(rowOf('x'.repeat(2000)), 2000, occasion);
    expect(row).toMatchObject({
      type: 'size_violation',
      failure: {
        expectation: 'Event failed enrichment and resulting bad row exceeds the maximum allowed size of 2000 bytes',
      },
    });
    expect(row?.payload).toHaveLength(200);
  });
});
