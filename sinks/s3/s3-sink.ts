/**
 * The exactly-once sink: lines become gzip files under `enriched/` and `bad/`, visible when their batch's commit was
 * prepared in the lease row and never before. The protocol is told in `sinks/README.md`.
 */
import type { Clock } from '../../runtime/clock';
import type { Random } from '../../runtime/random';
import { withRetries } from '../../runtime/retry';
import type { CommittingSink, Completion, Position, ShardName, SinkState } from '../sink';
import { completePlan } from './complete-plan';
import type { S3Settings } from './config';
import { decodePlan, decodeState } from './plan';
import { probeBucket } from './probe-bucket';
import { S3Batch } from './s3-batch';
import type { S3Store } from './s3-store';
import type { S3Telemetry } from './telemetry';

export interface S3SinkOptions {
  readonly store: S3Store;
  readonly settings: S3Settings;
  /** Names the folder of the plans: plans of two applications on one stream never meet. */
  readonly application: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: S3Telemetry;
}

export function createS3Sink(options: S3SinkOptions): CommittingSink {
  const { store, settings, application, clock, random, telemetry } = options;
  const backoff = { minMs: settings.backoffMinMs, maxMs: settings.backoffMaxMs };
  const retries = {
    attemptsMax: settings.uploadAttemptsMax,
    backoff,
    clock,
    random,
    onRetry: (error: unknown) => telemetry.requestRepeated(error),
  };
  const completing = {
    store,
    clock,
    random,
    backoff,
    parallel: settings.completeParallel,
    vanishedAfterMs: settings.vanishedAfterMs,
    onRepeat: telemetry.completeRepeated,
  };

  return {
    name: 's3',

    probe: () => probeBucket({ settings, application, retries, completing }),

    open: (shard) => new S3Batch({ store, settings, application, random, retries, telemetry }, shard),

    async complete(state: SinkState, shard: ShardName, to: Position, signal: AbortSignal): Promise<Completion> {
      const where = decodeState(state);
      if (where === null) return { kind: 'stop', reason: 'the state of the sink s3 is not understood' };
      if (where.endpoint !== store.endpoint)
        return {
          kind: 'stop',
          reason: `the commit was prepared at the endpoint "${where.endpoint}", this worker uses "${store.endpoint}"`,
        };
      // The plan was durable before the row named it: whatever fails now is the moment's, unless it is not there.
      const bytes = await withRetries(() => store.get(where.bucket, where.plan), {
        ...retries,
        attemptsMax: Infinity,
        signal,
      });
      if (bytes === null)
        return { kind: 'stop', reason: `the plan ${where.plan} is not in the bucket ${where.bucket}` };
      const decoded = decodePlan(bytes, where, shard, to);
      if (!decoded.ok) return { kind: 'stop', reason: decoded.reason };
      return completePlan(decoded.plan, where.bucket, completing, signal);
    },
  };
}
