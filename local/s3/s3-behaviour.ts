/**
 * What any S3 must do for Flotilla, told through the real SDK with its default checksums. Run against the local S3 by
 * s3-server.test.ts; it needs nothing but an endpoint, and makes buckets of its own.
 */
import { describeListing } from './listing-behaviour';
import { describeObjects } from './objects-behaviour';
import { describeUploads } from './uploads-behaviour';

export function describeS3Behaviour(endpoint: () => string): void {
  describeObjects(endpoint);
  describeListing(endpoint);
  describeUploads(endpoint);
}
