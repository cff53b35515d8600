/**
 * What any S3 must do for Flotilla, told through the real SDK with its default checksums. Run against the local S3 by
 * s3-server.test.ts; it needs nothing but an endpoint, and makes buckets of its own.
 */
import { describeListing } from './s3-listing';
import { describeObjects } from './s3-objects';
import { describeUploads } from './s3-uploads';

export function describeS3Behaviour(endpoint: () => string): void {
  describeObjects(endpoint);
  describeListing(endpoint);
  describeUploads(endpoint);
}
