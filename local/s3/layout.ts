/**
 * What lies where in the data folder of the local S3. Objects are in sight, all else is under `.s3`, whose name no
 * bucket can have:
 *
 *   <bucket>/<key>                      an object, whole from the moment it is there
 *   .s3/staging/                        what is being written; emptied at start
 *   .s3/buckets/<bucket>/bucket.json    the bucket exists
 *                       /lifecycle.xml
 *                       /meta/          an object's headers, ETag and checksum (object-store.ts)
 *                       /hidden/        objects whose keys are no safe paths (key-path.ts)
 *                       /uploads/       open multipart uploads (upload-store.ts)
 */
import { join } from 'node:path';
import type { Random } from '../../runtime/random';

export interface BucketLayout {
  readonly visible: string;
  readonly state: string;
  readonly facts: string;
  readonly lifecycle: string;
  readonly meta: string;
  readonly hidden: string;
  readonly uploads: string;
}

export class Layout {
  readonly staging: string;
  readonly buckets: string;

  constructor(
    private readonly folder: string,
    private readonly random: Random,
  ) {
    this.staging = join(folder, '.s3', 'staging');
    this.buckets = join(folder, '.s3', 'buckets');
  }

  /** The name must be a valid bucket name (route.ts). */
  bucket(name: string): BucketLayout {
    const state = join(this.buckets, name);
    return {
      visible: join(this.folder, name),
      state,
      facts: join(state, 'bucket.json'),
      lifecycle: join(state, 'lifecycle.xml'),
      meta: join(state, 'meta'),
      hidden: join(state, 'hidden'),
      uploads: join(state, 'uploads'),
    };
  }

  /** A new path for something that is being written. */
  newStaged(): string {
    return join(this.staging, this.random.uuid());
  }
}
