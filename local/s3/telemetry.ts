/** What the local S3 counts and says. */
import type { Logger } from '../../runtime/log';
import type { Metrics } from '../../runtime/metrics';

export type LocalS3Telemetry = ReturnType<typeof createLocalS3Telemetry>;

export function createLocalS3Telemetry(metrics: Metrics, log: Logger) {
  const answers = metrics.counter('flotilla_local_s3_answers_total', 'Answers of the local S3, by status.', ['status']);
  return {
    answered: (status: number): void => answers.inc({ status: `${Math.floor(status / 100)}xx` }),
    /** An error that is none of S3's: the client got a 500, or lost its connection. */
    failed: (operation: string, error: unknown): void =>
      log.error({ operation, err: error }, 'local s3 request failed'),
  };
}
