/** The envelopes around entities and self-describing events (snowplow-protocol 4.6): which there are, and how one is made. */
import { type Json } from '../protocol/json';

const snowplow = 'iglu:com.snowplowanalytics.snowplow';

/** What a tracker may send, and what is written. */
export const contextsEnvelope = {
  criterion: `${snowplow}/contexts/jsonschema/1-0-*`,
  schema: `${snowplow}/contexts/jsonschema/1-0-1`,
};
export const unstructEnvelope = {
  criterion: `${snowplow}/unstruct_event/jsonschema/1-0-*`,
  schema: `${snowplow}/unstruct_event/jsonschema/1-0-0`,
};

/** Self-describing JSON; `schema` is a URI. The data is not copied. */
export function describe(schema: string, data: Json): Json {
  return new Map<string, Json>([
    ['schema', schema],
    ['data', data],
  ]);
}
