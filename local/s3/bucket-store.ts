/** The buckets and their lifecycle configuration, which is kept as it was given and never executed. */
import { mkdir, rm } from 'node:fs/promises';
import type { Clock } from '../../runtime/clock';
import { ensureFolder, namesIn, readOrNull, writeDurably } from '../../runtime/durable-files';
import type { Layout } from './layout';
import { S3Error } from './s3-error';

export interface Bucket {
  readonly name: string;
  readonly createdMs: number;
}

export class BucketStore {
  constructor(
    private readonly layout: Layout,
    private readonly clock: Clock,
  ) {}

  /** Makes the folders and forgets what was being written when the last process ended. */
  async open(): Promise<void> {
    await ensureFolder(this.layout.buckets);
    await rm(this.layout.staging, { recursive: true, force: true });
    await mkdir(this.layout.staging, { recursive: true });
  }

  /** BucketAlreadyOwnedByYou when it is there, as S3 answers in all regions but us-east-1. */
  async create(name: string): Promise<void> {
    if (await this.find(name)) throw new S3Error('BucketAlreadyOwnedByYou');
    const bucket = this.layout.bucket(name);
    for (const folder of [bucket.visible, bucket.meta, bucket.hidden, bucket.uploads]) await ensureFolder(folder);
    await writeDurably(bucket.facts, JSON.stringify({ createdMs: this.clock.wallMs() }), this.layout.newStaged());
  }

  async find(name: string): Promise<Bucket | null> {
    const facts = await readOrNull(this.layout.bucket(name).facts);
    return facts === null ? null : { name, ...(JSON.parse(facts) as { createdMs: number }) };
  }

  async mustExist(name: string): Promise<void> {
    if (!(await this.find(name))) throw new S3Error('NoSuchBucket');
  }

  /** By name. */
  async all(): Promise<Bucket[]> {
    const names = (await namesIn(this.layout.buckets)).sort();
    const buckets = await Promise.all(names.map((name) => this.find(name)));
    return buckets.filter((bucket) => bucket !== null);
  }

  async lifecycle(name: string): Promise<string | null> {
    return readOrNull(this.layout.bucket(name).lifecycle);
  }

  async setLifecycle(name: string, xml: string): Promise<void> {
    await writeDurably(this.layout.bucket(name).lifecycle, xml, this.layout.newStaged());
  }
}
