/** What the S3 sink reports. */
import { messageOf } from '../../runtime/errors';
import type { Logger } from '../../runtime/log';
import type { Metrics } from '../../runtime/metrics';
import type { PlannedFile } from './plan';

export type S3Telemetry = ReturnType<typeof createS3Telemetry>;

export function createS3Telemetry(metrics: Metrics, log: Logger) {
  const files = metrics.counter(
    'flotilla_s3_uploaded_files_total',
    'Files uploaded, not yet visible: their commit follows.',
  );
  const lines = metrics.counter('flotilla_s3_uploaded_lines_total', 'Lines in the files uploaded.');
  const bytes = metrics.counter('flotilla_s3_uploaded_bytes_total', 'Compressed bytes of the files uploaded.');
  const abortedUploads = metrics.counter(
    'flotilla_s3_aborted_uploads_total',
    'Uploads thrown away before their commit was prepared: the records are read again.',
  );
  const repeated = metrics.counter(
    'flotilla_s3_repeated_requests_total',
    'Requests made again because the answer was missing or a fault of the moment.',
    ['request'],
  );

  return {
    uploaded(uploaded: readonly PlannedFile[]): void {
      files.inc(uploaded.length);
      lines.inc(uploaded.reduce((sum, file) => sum + file.lines, 0));
      bytes.inc(uploaded.reduce((sum, file) => sum + file.bytes, 0));
    },
    aborted(uploads: number): void {
      abortedUploads.inc(uploads);
      if (uploads > 0) log.info({ uploads }, 'uploads aborted');
    },
    requestRepeated(error: unknown): void {
      repeated.inc({ request: 'upload' });
      log.debug({ reason: messageOf(error) }, 's3 request repeated');
    },
    completeRepeated(key: string, reason: string): void {
      repeated.inc({ request: 'complete' });
      log.warn({ key, reason }, 's3 completion repeated');
    },
  };
}
