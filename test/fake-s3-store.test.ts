import { FakeS3Store } from './fake-s3-store';
import { s3StoreConformance } from './s3-store-conformance';

describe('FakeS3Store', () => {
  const store = new FakeS3Store();
  s3StoreConformance(() => ({ store, bucket: 'any' }));
});
