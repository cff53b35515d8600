/**
 * A reader that lists and reads a bucket all the while, through S3, and remembers everything it saw: a file that changes,
 * vanishes or cannot be read whole is a fault, whenever it happens.
 */
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { FileWatch, type SeenFile } from '../local/chaos/file-watch';
import type { Clock } from '../runtime/clock';
import type { Plan } from '../sinks/s3/plan';

export class BucketWatcher {
  private readonly seen: SeenFile[] = [];
  private readonly watch: FileWatch;

  constructor(s3: S3Client, bucket: string, clock: Clock) {
    const source = { list: () => etags(s3, bucket), read: (key: string) => objectBytes(s3, bucket, key) };
    this.watch = new FileWatch(source, (file) => this.seen.push(file), clock);
  }

  get faults(): readonly string[] {
    return this.watch.faults;
  }

  start(everyMs = 50): void {
    this.watch.start(everyMs);
  }

  /** Ends the watching and reads every file once more. */
  stop(): Promise<void> {
    return this.watch.stop();
  }

  /** Every file of the tables, in the order in which they were seen. */
  get output(): readonly SeenFile[] {
    return this.seen.filter(({ name }) => !name.startsWith('_commits/'));
  }

  /** Every line of every file of the tables. */
  get lines(): readonly string[] {
    return this.output.flatMap(({ lines }) => lines);
  }

  /** The keys of every file of the tables. */
  get files(): readonly string[] {
    return this.output.map(({ name }) => name);
  }

  /** Every plan that was ever written, also those whose commit was never prepared. */
  get plans(): readonly Plan[] {
    return this.seen
      .filter(({ name }) => name.startsWith('_commits/') && !name.endsWith('/probe.json'))
      .flatMap(({ lines }) => lines.map((line) => JSON.parse(line) as Plan));
  }
}

async function etags(s3: S3Client, bucket: string): Promise<Map<string, string>> {
  const listed = new Map<string, string>();
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket }))
    for (const { Key = '', ETag = '' } of page.Contents ?? []) listed.set(Key, ETag);
  return listed;
}

async function objectBytes(s3: S3Client, bucket: string, key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}
