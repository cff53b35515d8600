import { decode, Encoder } from 'cbor-x';
import { seededRandom } from '../../runtime/random';
import { CborError, CborTime, decodeCbor, encodeCbor } from './cbor';
import { cborCodec } from './cbor-codec';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const library = new Encoder({ useRecords: false, tagUint8Array: false, variableMapSize: true });

describe('decoding', () => {
  it.each([
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['1903e8', 1000],
    ['1a000f4240', 1_000_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['3903e7', -1000],
    ['f93c00', 1],
    ['f9c400', -4],
    ['f90001', 2 ** -24],
    ['f97c00', Infinity],
    ['fa47c35000', 100_000],
    ['fb3ff199999999999a', 1.1],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['f7', undefined],
    ['63c3bc21', 'ü!'],
    ['7f 6161 6162 ff', 'ab'],
    ['c1 1b0000018bcfe5687b', new CborTime(1_700_000_000_123)],
    ['d9d9f7 01', 1],
    ['8301820203 80', [1, [2, 3], []]],
    ['9f 01 9f 02 ff ff', [1, [2]]],
  ])('%s (RFC 8949 appendix A, and what Java writes)', (bytes, value) => {
    expect(decodeCbor(hex(bytes))).toEqual(value);
  });

  it('reads maps, counted or not, with bytes that are views', () => {
    const expected = { a: hex('0102'), b: [] };
    expect({ ...(decodeCbor(hex('a2 6161 420102 6162 80')) as object) }).toEqual(expected);
    expect({ ...(decodeCbor(hex('bf 6161 5f4101 4102ff 6162 9fff ff')) as object) }).toEqual(expected);
  });

  it('a key like __proto__ is a key', () => {
    const map = decodeCbor(encodeCbor(JSON.parse('{"__proto__": {"x": 1}}') as never)) as object;
    expect(Object.keys(map)).toEqual(['__proto__']);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['a text that ends too soon', '6261'],
    ['a list that claims 2^53 items', '9b0020000000000000'],
    ['a byte string that claims 2^63 bytes', '5b8000000000000000'],
    ['more after the value', '0000'],
    ['a reserved length', '1c'],
    ['a break on its own', 'ff'],
    ['a key that is a number', 'a10102'],
    ['a text in chunks of bytes', '7f4161ff'],
    ['depth', '81'.repeat(100_000)],
  ])('refuses %s', (_what, bytes) => {
    expect(() => decodeCbor(hex(bytes))).toThrow(CborError);
  });

  it('throws nothing but CborError on random bytes', () => {
    const random = seededRandom(7);
    for (let i = 0; i < 5_000; i++) {
      const bytes = Buffer.from(Array.from({ length: random.integer(20) }, () => random.integer(256)));
      try {
        decodeCbor(bytes);
      } catch (error) {
        if (!(error instanceof CborError)) throw new Error(`seed 7, bytes ${bytes.toString('hex')}`, { cause: error });
      }
    }
  });
});

describe('encoding', () => {
  const value = {
    text: 'ключ', bytes: Buffer.from([0, 255]), list: [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32, -1, -25, -(2 ** 33), 1.5],
    none: null, yes: true, no: false, map: { a: 'x'.repeat(300) },
  }; // prettier-ignore

  it('is what a library reads, and reads what a library writes', () => {
    // The library gives integers above 2^32 as bigint.
    const text = (of: unknown): string =>
      JSON.stringify(of, (_key, one: unknown) => (typeof one === 'bigint' ? Number(one) : one));
    expect(text(decode(encodeCbor(value)))).toBe(text(value));
    expect(text(decodeCbor(library.encode(value)))).toBe(text(value));
  });

  it('leaves out what is undefined, and writes times as integer ms', () => {
    expect(encodeCbor({ a: undefined, t: new CborTime(1_700_000_000_123) }).toString('hex')).toBe(
      'a16174c11b0000018bcfe5687b',
    );
  });
});

describe('Kinesis in CBOR', () => {
  it('has blobs as bytes and times as ms outside, base64 and seconds inside', () => {
    const outside = { Data: Buffer.from('hello'), Timestamp: new CborTime(1_700_000_000_123), PartitionKey: 'hello' };
    const inside = cborCodec.decode(encodeCbor(outside)) as object;
    expect({ ...inside }).toEqual({ Data: 'aGVsbG8=', Timestamp: 1_700_000_000.123, PartitionKey: 'hello' });
    const answer = {
      Records: [{ Data: 'aGVsbG8=', ApproximateArrivalTimestamp: 1_700_000_000.123, PartitionKey: 'k' }],
    };
    expect(JSON.parse(JSON.stringify(decodeCbor(cborCodec.encode(answer) as Buffer)))).toEqual({
      Records: [
        {
          Data: { type: 'Buffer', data: [...Buffer.from('hello')] },
          ApproximateArrivalTimestamp: { ms: 1_700_000_000_123 },
          PartitionKey: 'k',
        },
      ],
    });
  });
});
