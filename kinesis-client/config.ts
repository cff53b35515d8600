/** Every setting of the Kinesis client: the section `kinesisClient` of the services that run a worker. */
import { leaseFields } from './leases/config';
import { fetchFields } from './shards/config';

export const kinesisClientFields = { ...leaseFields, ...fetchFields };
