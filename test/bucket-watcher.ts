/**
 * A reader that lists and reads the output all the while, as a data team's jobs do, and remembers everything it saw: a
 * file that changes, vanishes or cannot be read whole is a fault, whenever it happens.
 */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../runtime/clock';
import type { Plan } from '../sinks/s3/plan';

/** A file of the tables as it was first seen. */
export interface SeenFile {
  readonly key: string;
  readonly lines: readonly string[];
  /** The number of the look that saw it first: of two files the one with the lower number was there sooner. */
  readonly look: number;
}

export class BucketWatcher {
  readonly faults: string[] = [];
  /** Looks so far. */
  looks = 0;
  private readonly seen = new Map<string, { etag: string; hash: string; lines: readonly string[]; look: number }>();
  private readonly stopping = new AbortController();
  private watching: Promise<void> = Promise.resolve();

  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
    private readonly clock: Clock,
  ) {}

  start(everyMs = 50): void {
    this.watching = (async () => {
      while (!this.stopping.signal.aborted) {
        await this.look();
        await this.clock.sleep(everyMs, this.stopping.signal);
      }
    })();
  }

  /** Ends the watching and reads every file once more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
    await this.look();
    for (const [key, { hash }] of this.seen) {
      if ((await this.read(key)).hash !== hash) this.faults.push(`${key} has changed`);
    }
  }

  /** Every file of the tables, in the order in which they were seen. */
  get output(): readonly SeenFile[] {
    return [...this.seen]
      .filter(([key]) => !key.startsWith('_commits/'))
      .map(([key, { lines, look }]) => ({ key, lines, look }));
  }

  /** Every line of every file of the tables. */
  get lines(): readonly string[] {
    return this.output.flatMap(({ lines }) => lines);
  }

  /** The keys of every file of the tables. */
  get files(): readonly string[] {
    return this.output.map(({ key }) => key);
  }

  /** Every plan that was ever written, also those whose commit was never prepared. */
  get plans(): readonly Plan[] {
    return [...this.seen].flatMap(([key, { lines }]) =>
      key.startsWith('_commits/') && !key.endsWith('/probe.json') ? lines.map((line) => JSON.parse(line) as Plan) : [],
    );
  }

  private async look(): Promise<void> {
    const look = ++this.looks;
    const listed = new Map<string, string>();
    for await (const page of paginateListObjectsV2({ client: this.s3 }, { Bucket: this.bucket })) {
      for (const { Key = '', ETag = '' } of page.Contents ?? []) listed.set(Key, ETag);
    }
    for (const [key, { etag }] of this.seen) {
      if (!listed.has(key)) this.faults.push(`${key} has vanished`);
      else if (listed.get(key) !== etag) this.faults.push(`${key} has another ETag`);
    }
    for (const [key, etag] of listed) {
      if (!this.seen.has(key)) this.seen.set(key, { etag, look, ...(await this.read(key)) });
    }
  }

  private async read(key: string): Promise<{ hash: string; lines: readonly string[] }> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
    const hash = createHash('sha256').update(bytes).digest('hex');
    try {
      const text = (key.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
      if (!text.endsWith('\n')) this.faults.push(`${key} ends in the middle of a line`);
      return { hash, lines: text.split('\n').slice(0, -1) };
    } catch (error) {
      this.faults.push(`${key} is no whole gzip file: ${String(error)}`);
      return { hash, lines: [] };
    }
  }
}
