/**
 * The names of all schemas that this machine ever resolved, on disk: what an outage must wait for, also after a restart. All
 * enrichers of the machine share the file without locks: lines are only ever added, each in one write, and read over once more
 * when the file has grown. Nobody's writes hold up an event; a disk that is full or gone costs the memory of new names only.
 *
 * A line counts when it is whole: a write that broke off in the middle (a full disk, a power cut) spoils its own line alone.
 */
import { appendFile, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SchemasTelemetry } from './telemetry';

export interface ResolvedIndex {
  /** What is known here by now; asks nobody. */
  hasSeen(uri: string): boolean;
  /** Reads on first: what another process added counts. Never rejects. */
  has(uri: string): Promise<boolean>;
  /** Returns at once; what is new is written behind the caller's back. */
  add(uri: string): void;
  /** When everything that was added is written, or has failed to be. */
  settled(): Promise<void>;
}

/** `iglu:com.acme/x/jsonschema/1-0-0.`: without the point at its end a line is torn. */
const lineEnd = '.';
/** A machine that resolves a hundred thousand schemas is far beyond what its enrichers keep; more than so much is not read. */
const fileBytesMax = 16_777_216;
const readBytes = 65_536;

/** `path` empty: kept in memory, by this process, only. Its folder is made when it is not there. */
export async function openResolvedIndex(
  path: string,
  telemetry: Pick<SchemasTelemetry, 'indexed' | 'indexFailed'>,
): Promise<ResolvedIndex> {
  const index = new FileIndex(path, telemetry);
  await index.readOn();
  return index;
}

class FileIndex implements ResolvedIndex {
  private readonly uris = new Set<string>();
  /** Up to here the file was read; what stands before the last line end, that is. */
  private position = 0;
  private reading: Promise<void> | null = null;
  private toWrite: string[] = [];
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly telemetry: Pick<SchemasTelemetry, 'indexed' | 'indexFailed'>,
  ) {}

  hasSeen(uri: string): boolean {
    return this.uris.has(uri);
  }

  async has(uri: string): Promise<boolean> {
    if (!this.uris.has(uri)) await this.readOn();
    return this.uris.has(uri);
  }

  add(uri: string): void {
    if (this.uris.has(uri)) return;
    this.remember(uri);
    if (this.path === '') return;
    this.toWrite.push(uri);
    if (this.toWrite.length === 1) this.writing = this.writing.then(() => this.write());
  }

  settled(): Promise<void> {
    return this.writing;
  }

  /** Everybody who waits for the same growth of the file waits for one reading of it. */
  readOn(): Promise<void> {
    if (this.path === '') return Promise.resolve();
    this.reading ??= this.read().finally(() => (this.reading = null));
    return this.reading;
  }

  private async read(): Promise<void> {
    try {
      const file = await open(this.path, 'r');
      try {
        const buffer = Buffer.allocUnsafe(readBytes);
        while (this.position < fileBytesMax) {
          const { bytesRead } = await file.read(buffer, 0, readBytes, this.position);
          const text = buffer.toString('latin1', 0, bytesRead);
          const end = text.lastIndexOf('\n') + 1;
          // A line that does not end within the buffer is no line of ours.
          const taken = end === 0 && bytesRead === readBytes ? readBytes : end;
          if (taken === 0) return;
          for (const line of text.slice(0, end).split('\n'))
            if (line.startsWith('iglu:') && line.endsWith(lineEnd)) this.remember(line.slice(0, -lineEnd.length));
          this.position += taken;
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.telemetry.indexFailed(error);
    }
  }

  private async write(): Promise<void> {
    const uris = this.toWrite;
    this.toWrite = [];
    try {
      await mkdir(dirname(this.path), { recursive: true });
      // A line end before as well: whatever was torn there ends here.
      await appendFile(this.path, `\n${uris.map((uri) => `${uri}${lineEnd}\n`).join('')}`, { flush: true });
    } catch (error) {
      this.telemetry.indexFailed(error);
    }
  }

  private remember(uri: string): void {
    this.uris.add(uri);
    this.telemetry.indexed(this.uris.size);
  }
}
