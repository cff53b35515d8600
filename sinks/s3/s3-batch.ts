/**
 * The outputs of one batch on their way into S3. Lines are kept compressed in memory until the batch ends, because a
 * file's name holds the last sequence number of its batch and S3 wants the name before the first part.
 */
import { setMaxListeners } from 'node:events';
import { inParallel } from '../../runtime/in-parallel';
import type { Random } from '../../runtime/random';
import { withRetries, type Retries } from '../../runtime/retry';
import type { BatchMeasure, BatchRange, CommittingBatch, Output, ShardName, SinkState } from '../sink';
import type { S3Settings } from './config';
import { encodeOutput } from './encode';
import { fileName, partitionPath, planName, type Partition } from './file-name';
import { OutputFile } from './output-file';
import { encodePlan, encodeState, planFaults, sha256, type Plan } from './plan';
import type { S3Store } from './s3-store';
import type { S3Telemetry } from './telemetry';
import { BatchUploads } from './upload';

export interface S3BatchEnvironment {
  readonly store: S3Store;
  readonly settings: S3Settings;
  readonly application: string;
  readonly random: Random;
  /** For each request of an upload. */
  readonly retries: Retries;
  readonly telemetry: S3Telemetry;
}

/** zlib works on the four threads of libuv's pool: more at a time would only wait. */
const COMPRESS_PARALLEL = 4;

export class S3Batch implements CommittingBatch {
  /** In the order in which they were opened: a file's place here is the n of its name. */
  private readonly files: { readonly partition: Partition; readonly file: OutputFile }[] = [];
  /** The file that takes the next line, by folder. */
  private readonly open = new Map<string, OutputFile>();
  private outputs = 0;
  private bytes = 0;
  private heldBytes = 0;
  private fullMembers = new Set<OutputFile>();
  private uploads: BatchUploads | null = null;

  constructor(
    private readonly environment: S3BatchEnvironment,
    private readonly shard: ShardName,
  ) {}

  add(output: Output, arrivalMs: number): void {
    const { partition, line } = encodeOutput(output, arrivalMs);
    const file = this.fileFor(partition);
    const bytes = file.append(line);
    this.bytes += bytes;
    this.heldBytes += bytes;
    this.outputs++;
    if (file.isMemberFull) this.fullMembers.add(file);
  }

  get needsRoom(): boolean {
    return this.fullMembers.size > 0;
  }

  async makeRoom(): Promise<void> {
    const full = [...this.fullMembers];
    this.fullMembers.clear();
    await inParallel(full, COMPRESS_PARALLEL, (file) => file.compress());
    this.heldBytes = this.files.reduce((sum, { file }) => sum + file.heldBytes, 0);
  }

  get measure(): BatchMeasure {
    return {
      outputs: this.outputs,
      bytes: this.bytes,
      heldBytes: this.heldBytes,
      partitions: this.open.size,
    };
  }

  async upload(range: BatchRange, signal: AbortSignal): Promise<SinkState> {
    const { store, settings, application, random, telemetry } = this.environment;
    const batchId = random.uuid();
    setMaxListeners(0, signal); // each file may wait on it
    const retries = { ...this.environment.retries, signal };
    await inParallel(this.files, COMPRESS_PARALLEL, ({ file }) => file.compress());

    this.uploads = new BatchUploads(store, settings.bucket, batchId, settings.uploadParallel, retries);
    const files = await this.uploads.upload(
      this.files.map(({ partition, file }, n) => ({
        key: settings.prefix + fileName(partition, { ...this.shard, ...range }, n),
        lines: file.lines,
        parts: file.parts(settings.partBytes),
      })),
    );

    const plan: Plan = { version: 1, application, ...this.shard, ...range, batchId, files };
    const faults = planFaults(plan);
    if (faults.length > 0) throw new Error(`a batch that S3 would refuse: ${faults.join('; ')}`);
    const body = encodePlan(plan);
    const key = await this.putPlan(plan, body, retries);
    telemetry.uploaded(files);
    return encodeState({ plan: key, sha256: sha256(body), bucket: settings.bucket, endpoint: store.endpoint });
  }

  async abort(): Promise<void> {
    const aborted = await this.uploads?.abort();
    if (aborted !== undefined) this.environment.telemetry.aborted(aborted);
  }

  /** A plan never replaces another: what a stalled worker writes late must not hide the plan that a lease row names. */
  private async putPlan(plan: Plan, body: Buffer, retries: Retries): Promise<string> {
    const { store, settings, application } = this.environment;
    const put = async (suffix: string): Promise<{ key: string; answer: 'written' | 'exists' }> => {
      const key = settings.prefix + planName(application, { ...this.shard, ...plan }, suffix);
      return { key, answer: await withRetries(() => store.putNew(settings.bucket, key, body), retries) };
    };
    if (settings.conditionalWrites) {
      const { key, answer } = await put('');
      if (answer === 'written') return key;
    }
    return (await put(plan.batchId)).key; // its own name: if it exists, then by our own repeated request
  }

  private fileFor(partition: Partition): OutputFile {
    const { gzipLevel, memberBytes, fileRawBytesMax } = this.environment.settings;
    const path = partitionPath(partition);
    const open = this.open.get(path);
    if (open !== undefined && open.rawBytes < fileRawBytesMax) return open;
    const file = new OutputFile(gzipLevel, memberBytes);
    this.open.set(path, file);
    this.files.push({ partition, file });
    return file;
  }
}
