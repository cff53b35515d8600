/**
 * One file of a batch while it grows: lines that wait, and gzip members of those that were compressed. A file of several
 * members is an ordinary gzip file to every reader (RFC 1952, 2.2). It knows nothing of S3 but the size of parts.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LineBuffer } from './line-buffer';

const compress = promisify(gzip);

export class OutputFile {
  private readonly waiting = new LineBuffer();
  /** Of the lines that are being compressed. */
  private underWayBytes = 0;
  private members: Buffer[] = [];
  private memberBytes = 0;
  /** Bytes of all lines, before compression. */
  rawBytes = 0;
  lines = 0;

  constructor(
    private readonly gzipLevel: number,
    private readonly memberBytesMax: number,
  ) {}

  /** `line` without its line break. Returns how many bytes it takes in the file. */
  append(line: string): number {
    const bytes = this.waiting.append(line);
    this.rawBytes += bytes;
    this.lines++;
    return bytes;
  }

  /** In memory now: lines that wait, and members. */
  get heldBytes(): number {
    return this.waiting.length + this.underWayBytes + this.memberBytes;
  }

  get isMemberFull(): boolean {
    return this.waiting.length >= this.memberBytesMax;
  }

  /** Makes a member of the lines that wait. One call at a time. */
  async compress(): Promise<void> {
    if (this.waiting.length === 0) return;
    const lines = this.waiting.take();
    this.underWayBytes = lines.length;
    const member = await compress(lines, { level: this.gzipLevel });
    this.members.push(member);
    this.memberBytes += member.length;
    this.underWayBytes = 0;
  }

  /** The whole file in parts of exactly `partBytes`, the last of what is left. Call `compress` first; it keeps its bytes. */
  parts(partBytes: number): Buffer[] {
    const whole = this.members.length === 1 ? (this.members[0] as Buffer) : Buffer.concat(this.members);
    this.members = [whole];
    return Array.from({ length: Math.ceil(whole.length / partBytes) }, (_, index) =>
      whole.subarray(index * partBytes, (index + 1) * partBytes),
    );
  }
}
