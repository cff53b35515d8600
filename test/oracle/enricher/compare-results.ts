/**
 * Results of the oracle and of ours in one form: what has no meaning is taken out (order of sets, what differs from run to
 * run, sentences of Java's libraries), what is left must be equal.
 */
import { printBadRow } from '../../../protocol/bad-row';
import { columns, toTsv } from '../../../protocol/enriched-event';
import { type Outcome } from '../../../enricher/enrich';
import { type Plain, type Result } from './cases';

/** An outcome as the oracle would write it. A dropped event leaves nothing. */
export function resultOf(outcome: Outcome): Result | undefined {
  if (outcome.kind === 'dropped') return undefined;
  if (outcome.kind === 'bad') return { bad: JSON.parse(printBadRow(outcome.row)) };
  const fields = toTsv(outcome.event).split('\t');
  return {
    good: Object.fromEntries(columns.map(({ name }, i) => [name, fields[i] ?? '']).filter(([, text]) => text !== '')),
  };
}

/** The results without what may differ in the oracle's. */
export function comparable(results: readonly Result[], volatile: readonly string[]): readonly Result[] {
  const withoutTimes = results.map((_, i) => `[${i}].bad.data.failure.timestamp`);
  const kept = [...volatile, ...withoutTimes].reduce<Plain>((value, path) => without(value, stepsOf(path)), results);
  return canonical(kept) as readonly Result[];
}

const stepsOf = (path: string): readonly string[] => path.split(/[.[\]]+/).filter((step) => step !== '');

function without(value: Plain, [step, ...rest]: readonly string[]): Plain {
  if (step === undefined || value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map((item, i) => (String(i) === step ? without(item, rest) : item));
  const entries = Object.entries(value).filter(([key]) => key !== step || rest.length > 0);
  return Object.fromEntries(entries.map(([key, item]) => [key, key === step ? without(item, rest) : item]));
}

/** Lists whose order follows a hash in Snowplow. */
const sets = new Set(['messages', 'dataReports', 'schemaIssues', 'parameters']);

function canonical(value: Plain, key = ''): Plain {
  if (typeof value === 'string') return withoutJava(value);
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) {
    const items = value.map((item) => canonical(item));
    return sets.has(key) ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  const entries = Object.entries(value).filter(([, item]) => key !== 'good' || item !== ''); // an empty column is unset
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, canonical(item, name)]));
}

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value);

/** Sentences of the JSON parser, of number and URI parsers and of the registry's client: only that there is one counts. */
const javaSentences: readonly RegExp[] = [
  /^(invalid json: ).*$/s,
  /^(.annot be converted to java\.math\.BigDecimal\. Error : ).*$/s,
  /^(Could not decode server response\. ).*$/s,
  /^(Provided URI \[.*\] could not be parsed, neither by Java parsing) \(error: \[.*\)\.$/s,
];

function withoutJava(text: string): string {
  const sentence = javaSentences.find((pattern) => pattern.test(text));
  return sentence === undefined ? text : text.replace(sentence, '$1...');
}
