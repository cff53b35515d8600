/**
 * Lines that wait for compression, as UTF-8 in one buffer that grows. Kept as texts, a megabyte of them would be moved about
 * by the garbage collector and copied twice at the end: half of what printing them costs.
 */

/** About a line: a batch may be spread over thousands of files that have no more. */
const FIRST_BYTES = 2 * 1024;
const LINE_BREAK = 0x0a;

export class LineBuffer {
  private bytes = Buffer.alloc(0);
  private used = 0;

  /** What the lines take with their breaks; the memory is at most twice as much, or 2 KiB. */
  get length(): number {
    return this.used;
  }

  /** `line` without its break. Returns how many bytes it takes with it. */
  append(line: string): number {
    const length = Buffer.byteLength(line) + 1;
    const end = this.used + length;
    if (end > this.bytes.length) this.grow(end);
    this.bytes.write(line, this.used);
    this.bytes[end - 1] = LINE_BREAK;
    this.used = end;
    return length;
  }

  /** All lines; the buffer is empty afterwards. */
  take(): Buffer {
    const lines = this.bytes.subarray(0, this.used);
    this.bytes = Buffer.alloc(0);
    this.used = 0;
    return lines;
  }

  private grow(needed: number): void {
    // Not of the pool, where one small buffer keeps a whole slab.
    const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, needed, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.used);
    this.bytes = grown;
  }
}
