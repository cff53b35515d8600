/**
 * The faults that change what an operation of DynamoDB does, put around the operations of the front: the units of a table,
 * and a failed condition that comes without its item. Other faults never come here: they are met on the way (pass-call.ts).
 */
import type { Clock } from '../../runtime/clock';
import type { Params, Perform } from '../aws-handler';
import type { Faults } from '../faults/faults';
import { RateBudget } from '../faults/rate-budget';
import type { Call } from '../gate';
import { clientError, ServiceError } from '../service-error';

/** What reads and what writes takes of a table's units (developer guide, read and write consumption). */
const unitsOf: Readonly<Record<string, 'readUnits' | 'writeUnits'>> = {
  GetItem: 'readUnits',
  Query: 'readUnits',
  Scan: 'readUnits',
  DeleteItem: 'writeUnits',
  PutItem: 'writeUnits',
  UpdateItem: 'writeUnits',
};

interface Consumed {
  readonly ConsumedCapacity?: { readonly CapacityUnits: number };
}

export function withDynamoDBFaults(
  operations: ReadonlyMap<string, Perform>,
  { faults, clock }: { faults: Faults; clock: Clock },
): Map<string, Perform> {
  const budgets = new Map<string, RateBudget>();

  /** A call is let through while units are left, and pays what it took afterwards: a large one delays the next. */
  async function withinUnits(perform: Perform, params: Params, call: Call): Promise<unknown> {
    const units = unitsOf[call.operation];
    const fault = units === undefined ? null : faults.find('table-units', call);
    if (units === undefined || fault === null) return perform(params, call);
    const key = `${fault.id} ${units} ${String(params.TableName)}`;
    const budget = budgets.get(key) ?? new RateBudget(fault.rule[units], clock.monotonicMs());
    budgets.set(key, budget);
    if (!budget.isOpen(clock.monotonicMs())) {
      fault.struck();
      throw clientError(
        'ProvisionedThroughputExceededException',
        'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.', // prettier-ignore
      );
    }
    try {
      const asked = params.ReturnConsumedCapacity ?? 'TOTAL';
      const answer = (await perform({ ...params, ReturnConsumedCapacity: asked }, call)) as Consumed;
      const { ConsumedCapacity: consumed, ...others } = answer;
      budget.charge(consumed?.CapacityUnits ?? 1);
      return params.ReturnConsumedCapacity === undefined ? others : answer;
    } catch (error) {
      budget.charge(1); // a failed condition takes units too
      throw error;
    }
  }

  async function withoutItem(perform: Perform, params: Params, call: Call): Promise<unknown> {
    try {
      return await withinUnits(perform, params, call);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.body.Item === undefined) throw error;
      const fault = faults.find('no-old-item', call);
      if (fault === null) throw error;
      fault.struck();
      const { Item: _, ...body } = error.body;
      throw new ServiceError(error.status, body);
    }
  }

  return new Map(
    [...operations].map(([name, perform]) => [
      name,
      (params, call) => (call ? withoutItem(perform, params, call) : perform(params, null)),
    ]),
  );
}
