/** The parameters of one tracker event into columns (snowplow-protocol 3.5). Every fault is told, none stops the others. */
import { type ColumnName, type EnrichedEvent } from '../protocol/enriched-event';
import { dimensionParameters, parameterColumns, type ParameterColumn } from '../protocol/tracker-payload';
import { conversions, toDimensions } from './conversions';

/** `message` begins with a capital letter. */
export interface ColumnFault {
  readonly column: ColumnName;
  readonly message: string;
}

/** Parameters that fill the same column and win over this one: the later ones of the table. */
const strongerThan = ({ column }: ParameterColumn, index: number): readonly string[] =>
  parameterColumns.slice(index + 1).flatMap((later) => (later.column === column ? later.parameter : []));

const byParameter = new Map(
  parameterColumns.map((row, index) => [row.parameter, { ...row, stronger: strongerThan(row, index) }]),
);

/**
 * Writes into `event`. A parameter that is absent or has no value leaves its column; one that a conversion clears takes
 * away what the collector gave, too. Parameters that no column has are ignored.
 */
export function applyParameters(event: EnrichedEvent, parameters: ReadonlyMap<string, string | null>): ColumnFault[] {
  const faults: ColumnFault[] = [];
  for (const [name, text] of parameters) {
    const row = byParameter.get(name);
    if (row === undefined || text === null) continue;
    const { value, fault } = conversions[row.kind](text);
    if (fault !== undefined) faults.push({ column: row.column, message: fault });
    else if (!row.stronger.some((other) => parameters.get(other) != null)) event[row.column] = value;
  }
  for (const { parameter, width, height } of dimensionParameters) {
    const text = parameters.get(parameter);
    if (text == null) continue;
    const dimensions = toDimensions(text);
    if (dimensions.fault !== undefined) {
      faults.push({ column: width, message: dimensions.fault });
      continue;
    }
    event[width] = dimensions.width;
    event[height] = dimensions.height;
  }
  return faults;
}
