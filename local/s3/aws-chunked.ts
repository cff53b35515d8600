/**
 * Decodes a body in the `aws-chunked` coding: chunks with their size in hex before them (and perhaps a signature,
 * which is not checked), a chunk of size 0, then trailers such as `x-amz-checksum-crc32`. Pure: bytes in, bytes out,
 * in whatever pieces they come. Source: "SigV4 streaming" in the Amazon S3 API reference.
 */
import { S3Error } from './s3-error';

/** The longest line of a chunk head or a trailer, and the most trailers: far above what an SDK sends. */
const lineBytesMax = 4096;
const trailersMax = 16;

type State = 'head' | 'data' | 'data-end' | 'trailer' | 'done';

export class AwsChunkedDecoder {
  /** Lower-case names; complete after `end`. */
  readonly trailers = new Map<string, string>();
  private state: State = 'head';
  private line = '';
  private chunkBytesLeft = 0;

  /** The payload in these bytes. Throws S3Error InvalidRequest when they are not aws-chunked. */
  push(bytes: Buffer): Buffer[] {
    const payload: Buffer[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.state === 'data') {
        const piece = bytes.subarray(at, at + this.chunkBytesLeft);
        payload.push(piece);
        at += piece.length;
        this.chunkBytesLeft -= piece.length;
        if (this.chunkBytesLeft === 0) this.state = 'data-end';
        continue;
      }
      const lineFeed = bytes.indexOf(0x0a, at);
      const end = lineFeed < 0 ? bytes.length : lineFeed + 1;
      this.line += bytes.toString('latin1', at, end);
      at = end;
      if (this.line.length > lineBytesMax) throw malformed('a line is too long');
      if (lineFeed >= 0) this.takeLine();
    }
    return payload;
  }

  /** Says that no more bytes come. Throws S3Error IncompleteBody when the last chunk is missing. */
  end(): void {
    if (this.state === 'trailer' && this.line.trim() === '') this.state = 'done'; // the last empty line is often left out
    if (this.state !== 'done') throw new S3Error('IncompleteBody');
  }

  private takeLine(): void {
    const line = this.line.replace(/\r?\n$/, '');
    this.line = '';
    if (this.state === 'head') {
      const size = /^([\da-fA-F]{1,12})(?:;.*)?$/.exec(line)?.[1];
      if (size === undefined) throw malformed('a chunk has no size');
      this.chunkBytesLeft = parseInt(size, 16);
      this.state = this.chunkBytesLeft > 0 ? 'data' : 'trailer';
    } else if (this.state === 'data-end') {
      if (line !== '') throw malformed('a chunk is longer than its size');
      this.state = 'head';
    } else if (this.state === 'trailer') {
      if (line === '') return void (this.state = 'done');
      const [, name, value] = /^([\w-]+):(.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) throw malformed('a trailer has no name');
      if (this.trailers.size >= trailersMax) throw malformed('there are too many trailers');
      this.trailers.set(name.toLowerCase(), value.trim());
    } else {
      throw malformed('there are bytes behind the end');
    }
  }
}

const malformed = (what: string): S3Error => new S3Error('InvalidRequest', `The body is not aws-chunked: ${what}.`);
