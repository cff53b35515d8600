/**
 * The names of all schemas that this box ever resolved, in one small file: what an outage must wait for, also after a restart.
 * Lines are only ever added, and each is whole or is not there: what a power cut tore is cut off when the file is opened.
 * Read once; this process alone writes.
 */
import { open, readFile } from 'node:fs/promises';
import { parseSchemaKey } from '../../protocol/schema-key';

/** As many as no box resolves; beyond it no name is added, so that the file and the memory have a bound. */
const NAMES_MAX = 100_000;

export interface IndexTelemetry {
  resolvedAre(schemas: number): void;
  mirrorFailed(error: unknown): void;
}

export class ResolvedIndex {
  private waiting: string[] = [];
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly uris: Set<string>,
    private readonly telemetry: IndexTelemetry,
  ) {
    telemetry.resolvedAre(uris.size);
  }

  /** The folder must be there. Throws when the file cannot be read or mended. */
  static async open(path: string, telemetry: IndexTelemetry): Promise<ResolvedIndex> {
    const file = await open(path, 'a'); // makes it
    try {
      const content = await readFile(path);
      const whole = content.lastIndexOf('\n') + 1;
      if (whole < content.length) {
        await file.truncate(whole);
        await file.sync();
      }
      const lines = content.toString('latin1', 0, whole).split('\n');
      return new ResolvedIndex(path, new Set(lines.filter(isSchemaUri).slice(0, NAMES_MAX)), telemetry);
    } finally {
      await file.close();
    }
  }

  has(uri: string): boolean {
    return this.uris.has(uri);
  }

  /** Returns at once; the file is written behind the caller's back. A disk that fails costs new names only. */
  add(uri: string): void {
    if (this.uris.has(uri) || this.uris.size >= NAMES_MAX) return;
    this.uris.add(uri);
    this.telemetry.resolvedAre(this.uris.size);
    this.waiting.push(uri);
    if (this.waiting.length === 1) this.writing = this.writing.then(() => this.write());
  }

  /** When all that was added is on the disk, or has failed to get there. */
  settled(): Promise<void> {
    return this.writing;
  }

  private async write(): Promise<void> {
    const lines = this.waiting.map((uri) => `${uri}\n`).join('');
    this.waiting = [];
    try {
      const file = await open(this.path, 'a');
      try {
        await file.appendFile(lines);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      this.telemetry.mirrorFailed(error);
    }
  }
}

const isSchemaUri = (line: string): boolean => typeof parseSchemaKey(line) !== 'string';
