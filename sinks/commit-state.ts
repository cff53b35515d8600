/**
 * What a prepared commit keeps in the lease row: a small versioned envelope with one state for each committing sink.
 * Pure. Written by `commit-batch.ts`, read by whoever owns the shard next, so its form outlives this process.
 */
import type { SinkState } from './sink';

const VERSION = 1;

/** The row stays one write unit (1 KB) with its other attributes. */
const STATE_BYTES_MAX = 1_024;

export type SinkStates = Readonly<Record<string, SinkState>>;

export type DecodedCommitState =
  { readonly ok: true; readonly sinks: SinkStates } | { readonly ok: false; readonly reason: string };

/** @throws Error when it would not fit the row: a bug of a sink. */
export function encodeCommitState(sinks: SinkStates): Buffer {
  const bytes = Buffer.from(JSON.stringify({ version: VERSION, sinks }));
  if (bytes.length > STATE_BYTES_MAX)
    throw new Error(`a commit state of ${bytes.length} bytes is more than ${STATE_BYTES_MAX}`);
  return bytes;
}

/** Not ok for anything that this version did not write, or that names a sink that is not in `known`. */
export function decodeCommitState(bytes: Uint8Array, known: ReadonlySet<string>): DecodedCommitState {
  const parsed = parse(bytes);
  if (!isRecord(parsed)) return { ok: false, reason: 'it is no JSON object' };
  if (parsed.version !== VERSION)
    return { ok: false, reason: `its version is ${JSON.stringify(parsed.version)}, known is ${VERSION}` };
  if (!isRecord(parsed.sinks)) return { ok: false, reason: 'it names no sinks' };
  for (const [name, state] of Object.entries(parsed.sinks)) {
    if (!known.has(name))
      return { ok: false, reason: `it names the sink ${JSON.stringify(name)}, which is not set up` };
    if (!isSinkState(state)) return { ok: false, reason: `what it says of the sink ${name} is not understood` };
  }
  return { ok: true, sinks: parsed.sinks as SinkStates };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSinkState = (value: unknown): value is SinkState =>
  isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
