/**
 * Walks over the fields of one protobuf message that lies in a Buffer, without copying. Used for KPL aggregates only. The
 * bytes may be hostile: what is no message ends the walk and sets `isBroken`; nothing throws, nothing is allocated by what
 * a length claims. (Encoding: protobuf.dev/programming-guides/encoding.)
 */
export const VARINT = 0;
const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
const GROUP_START = 3;
const GROUP_END = 4;
const FIXED32 = 5;

export class ProtobufReader {
  /** Of the field that `next` moved to. Its content must be read by `varint` or `enter`, or passed over by `skip`. */
  tag = 0;
  wireType = 0;
  isBroken = false;
  /** Where the content of the field begins and ends that was entered last. */
  start = 0;
  end = 0;

  /** The message is `bytes` from `at` up to, not including, `limit`. */
  constructor(
    private readonly bytes: Buffer,
    private at: number,
    private readonly limit: number,
  ) {}

  /** Moves to the next field; false at the end of the message, and when it is broken. */
  next(): boolean {
    if (this.isBroken || this.at >= this.limit) return false;
    const key = this.varint();
    this.tag = Math.floor(key / 8);
    this.wireType = key % 8;
    if (this.tag === 0) this.isBroken = true;
    return !this.isBroken;
  }

  /** Up to 64 bits. What does not fit into a double loses its lowest bits: it is no index and no length of anything here. */
  varint(): number {
    let value = 0;
    for (let factor = 1, count = 0; count < 10 && this.at < this.limit; factor *= 128, count++) {
      const byte = this.bytes[this.at++] as number;
      if (byte < 0x80) return value + byte * factor;
      value += (byte - 0x80) * factor;
    }
    this.isBroken = true;
    return 0;
  }

  /** Passes over a length-delimited content and says where it lies: `start`, `end`. Nowhere when the message is broken. */
  enter(): void {
    const length = this.varint();
    this.start = this.at;
    this.advance(length);
    this.end = this.at;
  }

  /** Passes over the content of a field that nobody asked for. */
  skip(): void {
    if (this.wireType === VARINT) this.varint();
    else if (this.wireType === LENGTH_DELIMITED) this.enter();
    else if (this.wireType === FIXED64) this.advance(8);
    else if (this.wireType === FIXED32) this.advance(4);
    else if (this.wireType === GROUP_START) this.skipGroup();
    else this.isBroken = true;
  }

  /** Groups may lie in each other; each ends with its own tag. */
  private skipGroup(): void {
    const open = [this.tag];
    while (open.length > 0) {
      if (!this.next()) this.isBroken = true;
      else if (this.wireType === GROUP_START) open.push(this.tag);
      else if (this.wireType !== GROUP_END) this.skip();
      else if (open.pop() !== this.tag) this.isBroken = true;
      if (this.isBroken) return;
    }
  }

  private advance(length: number): void {
    if (this.isBroken || length > this.limit - this.at) this.isBroken = true;
    else this.at += length;
  }
}
