/**
 * The part of CBOR (RFC 8949) that AWS CBOR 1.1 uses, both ways. Pure. Our own because of one detail: AWS writes tag 1
 * with milliseconds as an integer, where the standard (and each library) means seconds.
 * Decoding never throws anything but CborError, whatever the bytes.
 */

/** Tag 1: an instant, in whole ms since 1970. */
export class CborTime {
  constructor(readonly ms: number) {}
}
export class CborError extends Error {}

/** Objects from `decodeCbor` have no prototype, so that no key of theirs means anything else. */
export type Cbor =
  null | undefined | boolean | number | string | Uint8Array | CborTime | readonly Cbor[] | { readonly [key: string]: Cbor }; // prettier-ignore

const UNSIGNED = 0, NEGATIVE = 1, BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5, TAG = 6, SIMPLE = 7; // prettier-ignore
const INDEFINITE = 31;
const BREAK = 0xff;
const TIME_TAG = 1;
/** Deeper values are refused: nothing in Kinesis is deeper than 6. */
const DEPTH_MAX = 32;

/** Properties that are undefined are left out; numbers that are no safe integers are doubles. */
export function encodeCbor(value: Cbor): Buffer {
  const parts: Buffer[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

function write(value: Cbor, parts: Buffer[]): void {
  if (value === null || value === undefined) parts.push(Buffer.from([0xf6]));
  else if (typeof value === 'boolean') parts.push(Buffer.from([value ? 0xf5 : 0xf4]));
  else if (typeof value === 'number') parts.push(numberBytes(value));
  else if (typeof value === 'string') {
    const text = Buffer.from(value, 'utf8');
    parts.push(head(TEXT, text.length), text);
  } else if (value instanceof Uint8Array) parts.push(head(BYTES, value.length), Buffer.from(value));
  else if (value instanceof CborTime) parts.push(head(TAG, TIME_TAG), numberBytes(Math.round(value.ms)));
  else if (isArray(value)) {
    parts.push(head(ARRAY, value.length));
    for (const item of value) write(item, parts);
  } else {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    parts.push(head(MAP, entries.length));
    for (const [key, item] of entries) {
      write(key, parts);
      write(item, parts);
    }
  }
}

const isArray = (value: Cbor): value is readonly Cbor[] => Array.isArray(value);

function numberBytes(value: number): Buffer {
  if (Number.isSafeInteger(value)) return value >= 0 ? head(UNSIGNED, value) : head(NEGATIVE, -1 - value);
  const bytes = Buffer.alloc(9, 0xfb);
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

/** A major type and its argument in the shortest form. */
function head(major: number, argument: number): Buffer {
  const first = major << 5;
  if (argument < 24) return Buffer.from([first | argument]);
  if (argument <= 0xff) return Buffer.from([first | 24, argument]);
  const bytes = Buffer.alloc(argument <= 0xffff ? 3 : argument <= 0xffffffff ? 5 : 9);
  if (bytes.length === 3) bytes.writeUInt16BE(argument, 1);
  else if (bytes.length === 5) bytes.writeUInt32BE(argument, 1);
  else bytes.writeBigUInt64BE(BigInt(argument), 1);
  bytes[0] = first | (bytes.length === 3 ? 25 : bytes.length === 5 ? 26 : 27);
  return bytes;
}

/** One value that fills the bytes. Byte strings are views of them. Tags other than 1 are passed over. */
export function decodeCbor(bytes: Uint8Array): Cbor {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (!reader.atEnd) throw new CborError('bytes after the value');
  return value;
}

class Reader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.at === this.bytes.length;
  }

  value(depth: number): Cbor {
    if (depth > DEPTH_MAX) throw new CborError('too deep');
    const first = this.take(1)[0] as number;
    const major = first >> 5;
    const info = first & 31;
    if (major === SIMPLE) return this.simple(info);
    if (info === INDEFINITE) return this.indefinite(major, depth);
    const argument = this.argument(info);
    if (major === UNSIGNED) return argument;
    if (major === NEGATIVE) return -1 - argument;
    if (major === BYTES) return this.take(argument);
    if (major === TEXT) return this.take(argument).toString('utf8');
    if (major === ARRAY) return this.array(argument, depth);
    if (major === MAP) return this.map(argument, depth);
    const tagged = this.value(depth + 1);
    return argument === TIME_TAG && typeof tagged === 'number' ? new CborTime(tagged) : tagged;
  }

  private simple(info: number): Cbor {
    if (info === 20 || info === 21) return info === 21;
    if (info === 22 || info === 23) return info === 22 ? null : undefined;
    if (info === 25) return halfFloat(this.take(2).readUInt16BE(0));
    if (info === 26) return this.take(4).readFloatBE(0);
    if (info === 27) return this.take(8).readDoubleBE(0);
    throw new CborError('unknown simple value');
  }

  /** Java's writers do not count beforehand: maps, lists and texts may end with a break instead. */
  private indefinite(major: number, depth: number): Cbor {
    if (major === ARRAY) return this.array(Infinity, depth);
    if (major === MAP) return this.map(Infinity, depth);
    if (major !== BYTES && major !== TEXT) throw new CborError('this type has no indefinite length');
    const chunks: Buffer[] = [];
    while (!this.takeBreak()) {
      const first = this.take(1)[0] as number;
      if (first >> 5 !== major || (first & 31) === INDEFINITE) throw new CborError('chunks of another type');
      chunks.push(this.take(this.argument(first & 31)));
    }
    const whole = Buffer.concat(chunks);
    return major === TEXT ? whole.toString('utf8') : whole;
  }

  private array(length: number, depth: number): Cbor[] {
    const items: Cbor[] = [];
    while (items.length < length && !(length === Infinity && this.takeBreak())) items.push(this.value(depth + 1));
    return items;
  }

  private map(size: number, depth: number): Cbor {
    const map = Object.create(null) as { [key: string]: Cbor };
    for (let i = 0; i < size && !(size === Infinity && this.takeBreak()); i++) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string') throw new CborError('a key that is no text');
      map[key] = this.value(depth + 1);
    }
    return map;
  }

  /** Beyond 2^53 a number is as near as a double can be. */
  private argument(info: number): number {
    if (info < 24) return info;
    if (info === 24) return this.take(1)[0] as number;
    if (info === 25) return this.take(2).readUInt16BE(0);
    if (info === 26) return this.take(4).readUInt32BE(0);
    if (info === 27) return Number(this.take(8).readBigUInt64BE(0));
    throw new CborError('reserved length');
  }

  private takeBreak(): boolean {
    if (this.bytes[this.at] !== BREAK) return false;
    this.at++;
    return true;
  }

  private take(length: number): Buffer {
    if (length > this.bytes.length - this.at) throw new CborError('bytes end inside a value');
    const taken = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return taken;
  }
}

/** RFC 8949 appendix D. */
function halfFloat(half: number): number {
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent < 31
        ? (fraction + 1024) * 2 ** (exponent - 25)
        : fraction === 0
          ? Infinity
          : NaN;
  return half & 0x8000 ? -size : size;
}
