/**
 * The envelopes that a tracker sends beside its parameters, `co`/`cx` and `ue_pr`/`ue_px`: from their text to the JSON
 * columns contexts and unstruct_event (snowplow-protocol 4.6, 5.6). All faults accumulate, a message each.
 */
import { type SchemaViolationMessage } from '../protocol/bad-row';
import { isJsonArray, jsonOf, parseJson, printJson, type Json } from '../protocol/json';
import { matchesCriterion, schemaUri, type SchemaKey } from '../protocol/schema-key';
import { parseSelfDescribing, type SelfDescribing } from '../protocol/self-describing';
import { envelopeParameters } from '../protocol/tracker-payload';
import { type Parameters } from './adapters/adapter';
import { checkData } from './check-data';
import { decodeBase64 } from './decode-base64';
import { contextsEnvelope, describe, unstructEnvelope } from './envelopes';
import { type SchemaLookup } from './schema-lookup';

export interface Entities {
  /** The column as a bad row shows it: the envelope as sent, when it is JSON. */
  readonly contextsSent?: string;
  readonly unstructEventSent?: string;
  /** The columns of a good event, printed anew. */
  readonly contexts?: string;
  readonly unstructEvent?: string;
  /** The schema of the unstruct event, after superseding. */
  readonly unstructSchema?: SchemaKey;
  /** Says which entities were validated against a later version than they name; printed. */
  readonly validationInfo?: string;
  readonly messages: readonly SchemaViolationMessage[];
}

const validationInfoSchema = 'iglu:com.snowplowanalytics.iglu/validation_info/jsonschema/1-0-0';

/** Reads both forms of both envelopes. Never throws; without meaning when the lookup is not complete afterwards. */
export function checkEntities(parameters: Parameters, lookup: SchemaLookup): Entities {
  const check = new Check(lookup);
  const contexts = check.parameter(parameters, envelopeParameters.contexts);
  const unstructEvent = check.parameter(parameters, envelopeParameters.unstruct_event);
  const entities = contexts && check.contexts(contexts.json);
  const inner = unstructEvent && check.unstructEvent(unstructEvent.json);
  return {
    contextsSent: contexts?.text,
    unstructEventSent: unstructEvent?.text,
    contexts: entities && entities.length > 0 ? printContexts(entities.map(describeEntity)) : undefined,
    unstructEvent: inner && printJson(describe(unstructEnvelope.schema, describeEntity(inner))),
    unstructSchema: inner?.schema,
    validationInfo: check.validationInfo(),
    messages: check.messages,
  };
}

const describeEntity = ({ schema, data }: SelfDescribing): Json => describe(schemaUri(schema), data);
const printContexts = (entities: readonly Json[]): string => printJson(describe(contextsEnvelope.schema, entities));

interface SentJson {
  readonly text: string;
  readonly json: Json;
}

/** One event's check: what it finds gathers in `messages` and `superseded`. */
class Check {
  readonly messages: SchemaViolationMessage[] = [];
  /** By URI: entities of one schema need one remark. */
  private readonly superseded = new Map<string, Json>();

  constructor(private readonly lookup: SchemaLookup) {}

  /** Both forms are read, the base64 one counts. A name without a value is as good as absent. */
  parameter(parameters: Parameters, names: { json: string; base64: string }): SentJson | undefined {
    const plain = this.json(names.json, parameters.get(names.json), (value) => value);
    return this.json(names.base64, parameters.get(names.base64), decodeBase64) ?? plain;
  }

  private json(
    field: string,
    value: string | null | undefined,
    decode: (value: string) => string,
  ): SentJson | undefined {
    if (value == null) return undefined;
    const text = decode(value);
    const parsed = parseJson(text);
    if (parsed.ok) return { text, json: parsed.value };
    this.messages.push({ field, value, error: `invalid json: ${parsed.error}` });
    return undefined;
  }

  /** All entities, or undefined when the envelope or one of them is bad. */
  contexts(json: Json): readonly SelfDescribing[] | undefined {
    const data = this.envelopeData(json, contextsEnvelope.criterion);
    if (data === undefined) return undefined;
    if (!isJsonArray(data)) return this.fail({ json: data, error: 'INVALID_DATA_PAYLOAD' });
    const entities = data.map((entity) => this.entity(entity));
    return entities.every((entity) => entity !== undefined) ? entities : undefined;
  }

  unstructEvent(json: Json): SelfDescribing | undefined {
    const data = this.envelopeData(json, unstructEnvelope.criterion);
    return data === undefined ? undefined : this.entity(data);
  }

  /** First what the envelope is, then whether it is valid. */
  private envelopeData(json: Json, criterion: string): Json | undefined {
    const parsed = parseSelfDescribing(json);
    if (typeof parsed === 'string') return this.fail({ json, error: parsed });
    if (!matchesCriterion(parsed.schema, criterion)) {
      return this.fail({ schemaKey: schemaUri(parsed.schema), schemaCriterion: criterion });
    }
    const checked = checkData(parsed, this.lookup);
    return checked.ok ? parsed.data : this.fail(checked.message);
  }

  private entity(json: Json): SelfDescribing | undefined {
    const entity = parseSelfDescribing(json);
    if (typeof entity === 'string') return this.fail({ json, error: entity });
    const checked = checkData(entity, this.lookup);
    if (!checked.ok) return this.fail(checked.message);
    if (checked.supersededBy === undefined) return entity;
    return this.supersede(entity, checked.supersededBy);
  }

  private supersede({ schema, data }: SelfDescribing, by: SchemaKey): SelfDescribing {
    const remark = jsonOf({ originalSchema: schemaUri(schema), validatedWith: by.version });
    this.superseded.set(schemaUri(schema), describe(validationInfoSchema, remark));
    return { schema: by, data };
  }

  validationInfo(): string | undefined {
    return this.superseded.size === 0 ? undefined : printContexts([...this.superseded.values()]);
  }

  private fail(message: SchemaViolationMessage): undefined {
    this.messages.push(message);
    return undefined;
  }
}
