/**
 * One file of a batch while it grows: lines that wait, and gzip members of those that were compressed. A file of several
 * members is an ordinary gzip file to every reader (RFC 1952, 2.2). It knows nothing of S3 but the size of parts.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

export class OutputFile {
  private waiting: string[] = [];
  private waitingBytes = 0;
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
    const bytes = Buffer.byteLength(line) + 1;
    this.waiting.push(line);
    this.waitingBytes += bytes;
    this.rawBytes += bytes;
    this.lines++;
    return bytes;
  }

  /** In memory now: lines that wait, and members. */
  get heldBytes(): number {
    return this.waitingBytes + this.memberBytes;
  }

  get isMemberFull(): boolean {
    return this.waitingBytes >= this.memberBytesMax;
  }

  /** Makes a member of the lines that wait. One call at a time. */
  async compress(): Promise<void> {
    if (this.waiting.length === 0) return;
    const text = Buffer.from(`${this.waiting.join('\n')}\n`);
    this.waiting = [];
    const member = await compress(text, { level: this.gzipLevel });
    this.members.push(member);
    this.memberBytes += member.length;
    this.waitingBytes -= text.length;
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
