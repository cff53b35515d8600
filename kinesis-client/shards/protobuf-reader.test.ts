import { LENGTH_DELIMITED, ProtobufReader, VARINT } from './protobuf-reader';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Every field as `tag=content`, a field of another wire type than these two as `tag`; `broken` at the end if it is. */
function fieldsOf(text: string): string[] {
  const bytes = hex(text);
  const reader = new ProtobufReader(bytes, 0, bytes.length);
  const fields: string[] = [];
  while (reader.next()) {
    const { tag, wireType } = reader;
    let content = '';
    if (wireType === VARINT) content = `=${reader.varint()}`;
    else if (wireType === LENGTH_DELIMITED) {
      reader.enter();
      content = `=${bytes.toString('latin1', reader.start, reader.end)}`;
    } else reader.skip();
    if (!reader.isBroken) fields.push(`${tag}${content}`);
  }
  return reader.isBroken ? [...fields, 'broken'] : fields;
}

describe('a protobuf message', () => {
  it.each([
    ['', []],
    ['08 96 01', ['1=150']],
    ['12 02 6869 18 00', ['2=hi', '3=0']],
    ['12 00', ['2=']],
    ['82 01 01 61', ['16=a']],
    ['09 0102030405060708 0d 01020304', ['1', '1']],
    ['0b 08 01 12 01 0c 0c 10 01', ['1', '2=1']],
    ['0b 13 14 0c', ['1']],
    ['08 ff ff ff ff ff ff ff ff ff 01', [`1=${2 ** 64}`]], // 2^64 - 1, as a double
  ])('%s holds %j', (text, fields) => {
    expect(fieldsOf(text)).toEqual(fields);
  });

  it.each([
    ['a number that does not end', '08 01 10 ff'],
    ['a number of more than ten bytes', '08 01 10 ff ff ff ff ff ff ff ff ff ff 01'],
    ['a content that is longer than the message', '08 01 12 03 6869'],
    ['a length of 63 bits', '08 01 12 ff ff ff ff ff ff ff ff 7f'],
    ['eight bytes that are seven', '08 01 11 01020304050607'],
    ['four bytes that are none', '08 01 15'],
    ['tag 0', '08 01 00'],
    ['wire type 6', '08 01 16'],
    ['the end of a group that did not begin', '08 01 14'],
    ['a group without an end', '08 01 13 08 01'],
    ['a group with the end of another one', '08 01 13 1c'],
    ['a group with a broken field', '08 01 13 12 7f 14'],
  ])('breaks at %s, after what came before', (_what, text) => {
    expect(fieldsOf(text)).toEqual(['1=1', 'broken']);
  });

  it('does not read beyond its own end in a larger one', () => {
    const bytes = hex('08 01 10 02');
    const reader = new ProtobufReader(bytes, 0, 3);
    expect([reader.next(), reader.varint(), reader.next(), reader.varint()]).toEqual([true, 1, true, 0]);
    expect(reader.isBroken).toBe(true);
  });
});
