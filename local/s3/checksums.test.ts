import {
  type ChecksumAlgorithm,
  compositeChecksum,
  compositeEtag,
  createDigester,
  digestOf,
  isDigest,
} from './checksums';

/** The check values of the CRC catalogue and of RFC 3174, FIPS 180-2 and RFC 1321. */
test.each<[ChecksumAlgorithm | 'MD5', string, string]>([
  ['CRC32', '123456789', 'cbf43926'],
  ['CRC32C', '123456789', 'e3069283'],
  ['CRC32', '', '00000000'],
  ['CRC32C', '', '00000000'],
  ['SHA1', 'abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['SHA256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['MD5', 'abc', '900150983cd24fb0d6963f7d28e17f72'],
])('%s of %j is %s, in one piece or byte by byte', (algorithm, text, hex) => {
  expect(digestOf(algorithm, Buffer.from(text)).toString('hex')).toBe(hex);
  const digester = createDigester(algorithm);
  for (const byte of Buffer.from(text)) digester.update(Buffer.of(byte));
  expect(digester.digest().toString('hex')).toBe(hex);
});

test('an upload is named after its parts', () => {
  const [a, b] = [Buffer.from('a'), Buffer.from('b')];
  const etags = [a, b].map((part) => digestOf('MD5', part));
  expect(compositeEtag(etags.map((etag) => etag.toString('hex')))).toBe(
    `${digestOf('MD5', Buffer.concat(etags)).toString('hex')}-2`,
  );
  const parts = [a, b].map((part) => digestOf('CRC32', part));
  const together = digestOf('CRC32', Buffer.concat(parts)).toString('base64');
  const values = parts.map((part) => part.toString('base64'));
  expect(compositeChecksum('CRC32', values)).toEqual({ algorithm: 'CRC32', value: `${together}-2`, type: 'COMPOSITE' });
});

test.each<[ChecksumAlgorithm | 'MD5', string, boolean]>([
  ['CRC32', 'AAAAAA==', true],
  ['CRC32', 'AAAAAA', false],
  ['CRC32', 'AAAA', false],
  ['CRC32', '!AAAAAA==', false],
  ['MD5', 'AAAAAAAAAAAAAAAAAAAAAA==', true],
  ['SHA256', 'AAAAAA==', false],
])('as a %s digest, %j is %s', (algorithm, text, isOne) => {
  expect(isDigest(algorithm, text)).toBe(isOne);
});
