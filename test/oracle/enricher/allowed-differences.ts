/**
 * How ours may differ from the recorded results, and in nothing else: the rows of snowplow-protocol 12 that the
 * configuration without enrichments meets. Each turns their results into what they would be by our rule.
 */
import { dimensionParameters, parameterColumns } from '../../../protocol/tracker-payload';
import { type BadRowJson, type EnrichCase, type Plain, type PlainObject, type Result } from './cases';

export interface Compared {
  readonly theirs: readonly Result[];
  readonly ours: readonly Result[];
}

export interface AllowedDifference {
  /** The row of snowplow-protocol 12. */
  readonly row: string;
  readonly ours: string;
  /** Undefined when the rule has nothing to say. */
  apply(compared: Compared, oracleCase: EnrichCase): Compared | undefined;
}

const nameOf = (row: BadRowJson): string => row.schema.split('/')[1] ?? '';
const messagesOf = (row: BadRowJson): readonly PlainObject[] =>
  (row.data.failure.messages ?? []) as readonly PlainObject[];
const enrichedOf = (row: BadRowJson): PlainObject => (row.data.payload as { enriched?: PlainObject }).enriched ?? {};

/** A rule about one result and its counterpart. */
function eachPair(
  change: (theirs: Result, ours: Result) => readonly [Result, Result] | undefined,
): AllowedDifference['apply'] {
  return ({ theirs, ours }) => {
    if (theirs.length !== ours.length) return undefined;
    let isChanged = false;
    const pairs = theirs.map((their, i): readonly [Result, Result] => {
      const our = ours[i] as Result;
      const changed = JSON.stringify(their) === JSON.stringify(our) ? undefined : change(their, our);
      isChanged ||= changed !== undefined;
      return changed ?? [their, our];
    });
    return isChanged ? { theirs: pairs.map(([their]) => their), ours: pairs.map(([, our]) => our) } : undefined;
  };
}

/** A rule about their enrichment_failures: `convert` gives a message the form that it has in our schema_violations. */
function asSchemaViolations(convert: (message: PlainObject) => PlainObject | undefined): AllowedDifference['apply'] {
  return eachPair((their, our) => {
    if (!('bad' in their) || !messagesOf(their.bad).some((message) => convert(message) !== undefined)) return undefined;
    const messages = messagesOf(their.bad).map((message) => convert(message) ?? message);
    return [{ bad: withMessages(their.bad, joinAtomic(messages)) }, our];
  });
}

function withMessages(row: BadRowJson, messages: readonly PlainObject[]): BadRowJson {
  const sorted = [...messages].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return {
    ...row,
    schema: row.schema.replace('enrichment_failures', 'schema_violations'),
    data: { ...row.data, failure: { ...row.data.failure, messages: sorted } },
  };
}

const atomicKey = 'iglu:com.snowplowanalytics.snowplow/atomic/jsonschema/1-0-0';
const atomic = (reports: readonly Plain[]): PlainObject => ({
  error: { dataReports: reports, error: 'ValidationError' },
  schemaKey: atomicKey,
});
const report = (keyword: string, message: string, path: string): PlainObject => ({
  keyword,
  message,
  path,
  targets: [],
});
const reportsOf = (message: PlainObject): readonly PlainObject[] =>
  message.schemaKey === atomicKey ? ((message.error as PlainObject).dataReports as readonly PlainObject[]) : [];

/** All reports about columns are one message. */
function joinAtomic(messages: readonly PlainObject[]): readonly PlainObject[] {
  const reports = messages.flatMap(reportsOf);
  if (reports.length === 0) return messages;
  const sorted = [...reports].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return [...messages.filter(({ schemaKey }) => schemaKey !== atomicKey), atomic(sorted)];
}

/** What they say about a parameter. */
function inputFault(message: PlainObject): { field: string; value: Plain; expectation: string } | undefined {
  const inner = message.message as PlainObject | undefined;
  if (message.enrichment !== null || typeof inner?.field !== 'string' || typeof inner.expectation !== 'string')
    return undefined;
  return { field: inner.field, value: inner.value ?? null, expectation: inner.expectation };
}

const columnOf = new Map<string, string>([
  ...parameterColumns.map(({ parameter, column }): [string, string] => [parameter, column]),
  ...dimensionParameters.map(({ parameter, width }): [string, string] => [parameter, width]),
]);
const newWords = new Map([
  ['not recognized as a tracking platform', 'Not a valid platform'],
  ['not recognized as an event type', 'Not a valid event type'],
]);
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function conversionFault(message: PlainObject): PlainObject | undefined {
  const fault = inputFault(message);
  const column = fault && columnOf.get(fault.field);
  if (fault === undefined || column === undefined) return undefined;
  const words = newWords.get(fault.expectation) ?? capital(fault.expectation);
  return atomic([report('atomic_field_parse_error', words, column)]);
}

function notJson(message: PlainObject): PlainObject | undefined {
  const fault = inputFault(message);
  if (fault === undefined || !['co', 'cx', 'ue_pr', 'ue_px'].includes(fault.field)) return undefined;
  return { error: fault.expectation, field: fault.field, value: fault.value };
}

const tooLong = /^Field (\w+) longer than maximum allowed size (\d+)$/;
const tooLongTitle = "Enriched event does not conform to atomic schema field's length restrictions";
const errorOf = (message: PlainObject): string => String((message.message as PlainObject | undefined)?.error ?? '');

function lengthFault(message: PlainObject): PlainObject | undefined {
  const [, column, max] = tooLong.exec(errorOf(message)) ?? [];
  if (errorOf(message) === tooLongTitle) return atomic([]);
  if (column === undefined) return undefined;
  return atomic([report('atomic_field_length_exceeded', `Field is longer than maximum allowed size ${max}`, column)]);
}

/** Their bad row as the good event that it is by our rule: its columns are all there. */
const asGood = (row: BadRowJson, columns: Readonly<Record<string, string>> = {}): Result => {
  const set = Object.entries(enrichedOf(row)).filter(([, value]) => value !== null);
  const good = {
    ...Object.fromEntries(set.map(([name, value]): [string, string] => [name, String(value)])),
    ...columns,
  };
  return { good: Object.fromEntries(Object.entries(good).sort(([a], [b]) => (a < b ? -1 : 1))) };
};

const isBad = (result: Result | undefined, name: string): result is { bad: BadRowJson } =>
  result !== undefined && 'bad' in result && nameOf(result.bad) === name;

/** Only for a result of ours that `isOurs` knows: theirs does not matter then. */
const replaced = (
  isTheirs: (result: Result) => boolean,
  isOurs: (result: Result) => boolean,
): AllowedDifference['apply'] => eachPair((their, our) => (isTheirs(their) && isOurs(our) ? [our, our] : undefined));

const anyGoodForOurFormatViolation = replaced(
  (their) => 'good' in their,
  (our) => isBad(our, 'collector_payload_format_violation'),
);

const webhooks = new Set(
  (
    'com.callrail/v1 com.amazon.aws.cloudfront/wd_access_log com.google.analytics/v1 com.mailchimp/v1 com.mailgun/v1 ' +
    'com.mandrill/v1 com.sendgrid/v3 com.pagerduty/v1 com.statusgator/v1 com.urbanairship.connect/v1 com.marketo/v1'
  ).split(' '),
);

export const allowedDifferences: readonly AllowedDifference[] = [
  {
    row: 'V9',
    ours: 'the JSON Schema validator of newer versions',
    apply: ({ ours }, { expectedWithNewValidator }) =>
      expectedWithNewValidator && { theirs: expectedWithNewValidator.results, ours },
  },
  {
    row: 'V11',
    ours: 'page_url and page_referrer may have 10,000 characters',
    apply: eachPair((their, our) => {
      if (!isBad(their, 'enrichment_failures')) return undefined;
      const pages = /^Field (page_url|page_referrer) longer than maximum allowed size 4096$/;
      const enriched = enrichedOf(their.bad);
      const kept = messagesOf(their.bad).flatMap((message): readonly PlainObject[] => {
        const column = pages.exec(errorOf(message))?.[1];
        if (column === undefined) return [message];
        const isTooLong = String(enriched[column]).length > 10_000;
        return isTooLong ? [{ ...message, message: { error: errorOf(message).replace('4096', '10000') } }] : [];
      });
      if (JSON.stringify(kept) === JSON.stringify(messagesOf(their.bad))) return undefined;
      if (kept.every((message) => errorOf(message) === tooLongTitle)) return [asGood(their.bad), our];
      return [{ bad: { ...their.bad, data: { ...their.bad.data, failure: { messages: kept } } } }, our];
    }),
  },
  { row: 'V2', ours: 'columns that are too long are schema_violations', apply: asSchemaViolations(lengthFault) },
  {
    row: 'V6',
    ours: 'the platform headset',
    apply: eachPair((their, our) => {
      if (!isBad(their, 'enrichment_failures') || !('good' in our)) return undefined;
      const [fault, ...others] = messagesOf(their.bad).map(inputFault);
      if (fault?.field !== 'p' || fault.value !== 'headset' || others.length > 0) return undefined;
      const expected = asGood(their.bad, { platform: 'headset' }) as { good: Record<string, string> };
      const seen = Object.entries(our.good).filter(([name]) => name in expected.good);
      return [expected, { good: Object.fromEntries(seen) }];
    }),
  },
  {
    row: 'V1',
    ours: 'conversion faults are schema_violations, one message',
    apply: asSchemaViolations(conversionFault),
  },
  { row: 'V3', ours: 'what is no JSON is a schema violation', apply: asSchemaViolations(notJson) },
  {
    row: 'V3',
    ours: 'enrichments run whatever failed before: more columns are set',
    apply: eachPair((their, our) => {
      if (!('bad' in their) || !('bad' in our)) return undefined;
      const expected = enrichedOf(their.bad);
      const seen = Object.entries(enrichedOf(our.bad)).map(([name, value]) => [
        name,
        expected[name] === null ? null : value,
      ]);
      const payload = { ...(our.bad.data.payload as PlainObject), enriched: Object.fromEntries(seen) as PlainObject };
      const isSame = seen.length === 0 || JSON.stringify(payload) === JSON.stringify(our.bad.data.payload);
      return isSame ? undefined : [their, { bad: { ...our.bad, data: { ...our.bad.data, payload } } }];
    }),
  },
  {
    row: 'V4',
    ours: 'the words about broken Thrift',
    apply: eachPair((their, our) => {
      const name = 'collector_payload_format_violation';
      if (!isBad(their, name) || !isBad(our, name)) return undefined;
      const [theirError, ourError] = [their, our].map(({ bad }) =>
        String((bad.data.failure.message as PlainObject).error ?? ''),
      );
      const start = 'error deserializing raw event: ';
      return theirError?.startsWith(start) && ourError?.startsWith(start) ? [our, our] : undefined;
    }),
  },
  {
    row: 'V5',
    ours: 'records of the oldest collectors are not read',
    apply: (compared, oracleCase) =>
      oracleCase.id === 'th-oldraw' ? anyGoodForOurFormatViolation(compared, oracleCase) : undefined,
  },
  {
    row: 'V7',
    ours: 'JSON of more than 50 levels is NotJson',
    apply: replaced(
      (their) => 'good' in their && /\[{47}/.test(their.good.unstruct_event ?? ''), // and three levels of envelopes
      (our) => isBad(our, 'schema_violations') && messagesOf(our.bad).every(({ field }) => field === 'ue_pr'),
    ),
  },
  {
    row: 'V14',
    ours: 'webhooks are not built',
    apply: ({ theirs, ours }) => {
      const [our, ...others] = ours;
      if (!isBad(our, 'adapter_failures') || others.length > 0) return undefined;
      const [message] = messagesOf(our.bad);
      const isUnsupported = message?.expectation === 'vendor/version combination is not supported';
      const isSame = JSON.stringify(theirs) === JSON.stringify(ours);
      return isUnsupported && !isSame && webhooks.has(String(message.value)) ? { theirs: ours, ours } : undefined;
    },
  },
  {
    row: 'W1',
    ours: 'a schema that cannot be built is a schema violation of the event that names it',
    apply: replaced(
      (their) => isBad(their, 'generic_error'),
      (our) => {
        if (!isBad(our, 'schema_violations')) return false;
        const [message, ...others] = messagesOf(our.bad);
        return others.length === 0 && (message?.error as PlainObject).schemaIssues !== undefined;
      },
    ),
  },
  {
    row: 'W4',
    ours: 'derived_tstamp never leaves the years 0 to 9999',
    apply: eachPair((their, our) => {
      if (!('good' in their) || !their.good.derived_tstamp?.startsWith('-')) return undefined;
      return [{ good: { ...their.good, derived_tstamp: their.good.collector_tstamp ?? '' } }, our];
    }),
  },
];
