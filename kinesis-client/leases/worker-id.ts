/**
 * The name under which a worker owns leases. It must differ between any two processes that ever live at the same time:
 * two of the same name would both pass as the owner of a lease. So also a configured name gets a suffix of this boot.
 */
import type { Random } from '../../runtime/random';

/** `name` is stable (host and instance number); the suffix is new with every call. */
export const createWorkerId = (name: string, random: Random): string =>
  `${name}.boot-${random.uuid().replaceAll('-', '').slice(-12)}`;

/** Whether a worker of this client made the id: such a worker knows how to hand a lease over when it is asked. */
export const isOurWorkerId = (workerId: string): boolean => /\.boot-[0-9a-f]{12}$/.test(workerId);
