/** Columns that are longer than a warehouse takes (snowplow-protocol 4.1). Nothing is cut: the event becomes a bad row. */
import { columns, type ColumnName, type EnrichedEvent } from '../protocol/enriched-event';
import { type ColumnFault } from './apply-parameters';

const maxOf = new Map<ColumnName, number>(columns.flatMap(({ name, max }) => (max === undefined ? [] : [[name, max]])));

/** Lengths count UTF-16 units. */
export function checkLengths(event: Readonly<EnrichedEvent>): ColumnFault[] {
  const faults: ColumnFault[] = [];
  for (const name in event) {
    const column = name as ColumnName;
    const max = maxOf.get(column);
    if (max === undefined || (event[column]?.length ?? 0) <= max) continue;
    faults.push({ column, message: `Field is longer than maximum allowed size ${max}` });
  }
  return faults;
}
