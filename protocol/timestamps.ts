/**
 * Times as the enriched event writes them (`2023-11-14 22:13:20.123`) and as bad rows do (`2023-11-14T22:13:20.123Z`), both
 * UTC (snowplow-protocol 3.5, 4.1, 6).
 */

/** Years 0 to 9999 of the proleptic Gregorian calendar: what a warehouse can hold. Epoch milliseconds. */
const firstMs = -62_167_219_200_000;
const lastMs = 253_402_300_799_999;

export const isWritableTimestamp = (epochMs: number): boolean => epochMs >= firstMs && epochMs <= lastMs;

/** Any 64-bit number of milliseconds; outside the years 0 to 9999 as Joda-Time writes it (`-0001-12-31 23:59:59.999`). */
export function formatTimestamp(epochMs: number | bigint): string {
  const ms = typeof epochMs === 'bigint' ? Number(epochMs) : epochMs;
  if (isWritableTimestamp(ms)) return new Date(ms).toISOString().replace('T', ' ').slice(0, -1);
  return formatFarTimestamp(BigInt(epochMs));
}

/** The same as ISO 8601 with three digits. */
export const isoTimestamp = (epochMs: number | bigint): string => `${formatTimestamp(epochMs).replace(' ', 'T')}Z`;

/** Reads what formatTimestamp wrote, for a year from 0 to 9999. */
export function parseTimestamp(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}

const yearsPerCycle = 400n;
const msPerCycle = 146_097n * 86_400_000n; // the Gregorian calendar repeats after 400 years

/** Moved by whole cycles into the years that Date knows, written there, and the years put back. */
function formatFarTimestamp(epochMs: bigint): string {
  let cycles = epochMs / msPerCycle;
  if (epochMs % msPerCycle < 0n) cycles -= 1n;
  const near = new Date(Number(epochMs - cycles * msPerCycle)).toISOString();
  const year = BigInt(near.slice(0, 4)) + cycles * yearsPerCycle;
  const digits = (year < 0n ? -year : year).toString().padStart(4, '0');
  return `${year < 0n ? '-' : ''}${digits}${near.slice(4, -1).replace('T', ' ')}`;
}
