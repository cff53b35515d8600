/**
 * A second opinion on JSON Schema that shares no code with ours (the package jsonschema), and where Iglu's rules differ from
 * it on purpose. What the list does not excuse is a fault of one of the two.
 */
import { Validator, type ValidationError } from 'jsonschema';
import type { ValidatorReport } from '../enricher/validate';
import { jsonOf, printJson, type Json } from '../protocol/json';

const validator = new Validator();

/** What the second validator can see of data: numbers as JavaScript has them, `1.0` is `1`. */
export const asJavaScript = (data: Json): Json => jsonOf(JSON.parse(printJson(data)));

/** What the second validator finds wrong. `schema` is the text of a draft-04 schema without references to the web. */
export function secondOpinion(schema: object, data: Json): readonly ValidationError[] {
  const instance = JSON.parse(printJson(data)) as unknown;
  return validator.validate(instance, schema, { nestedErrors: true }).errors;
}

/** A rule of Iglu's that the second validator does not have. Each has an example on which the two differ. */
interface Difference {
  readonly why: string;
  readonly schema: object;
  /** JSON text. */
  readonly data: string;
  /** What ours says of the example. The other says the contrary. */
  readonly isValid: boolean;
  /** Whether this report, which the other does not have, comes from the rule. */
  readonly excuses?: (report: ValidatorReport) => boolean;
  /** Whether this error, which ours does not have, comes from the rule. */
  readonly forgives?: (error: ValidationError) => boolean;
}

const isFormat = (name: string) => ({
  excuses: ({ keyword, targets, message }: ValidatorReport) =>
    (keyword === 'format' || keyword === 'dateTime') &&
    (targets.includes(name) || message.includes(` ${name} pattern`)),
  forgives: ({ name: keyword, argument }: ValidationError) => keyword === 'format' && argument === name,
});

/** The rules of snowplow-protocol 5.4 that are Iglu's own. */
export const differences: Readonly<Record<string, Difference>> = {
  'an integer is written as one': {
    why: 'Jackson keeps what the literal was: with a point or an exponent it is a number. JavaScript has one kind.',
    schema: { type: 'integer' },
    data: '1.0',
    isValid: false,
  },
  'minus zero is no integer': { why: 'as above', schema: { type: 'integer' }, data: '-0', isValid: false },
  'nullable lets null pass': {
    why: "OpenAPI's word, which networknt honours in every draft",
    schema: { type: 'string', nullable: true },
    data: 'null',
    isValid: true,
  },
  'nullable of the schema around': {
    why: 'networknt asks the parent, too',
    schema: { nullable: true, properties: { a: { type: 'string' } } },
    data: '{"a":null}',
    isValid: true,
  },
  'type object beside enum is not asked': {
    why: 'networknt leaves the verdict to the enumeration',
    schema: { type: 'object', enum: ['a'] },
    data: '"a"',
    isValid: true,
  },
  'names with # are never additional': {
    why: 'networknt takes them for comments',
    schema: { additionalProperties: false },
    data: '{"#a":1}',
    isValid: true,
  },
  'only draft-04 counts': {
    why: 'const, contains, if and boolean schemas came later; the other knows all drafts at once',
    schema: { const: 1 },
    data: '2',
    isValid: true,
  },
  'a number for exclusiveMinimum is no bound': {
    why: 'draft-06; networknt passes over it under draft-04',
    schema: { exclusiveMinimum: 5 },
    data: '1',
    isValid: true,
  },
  'shorthands of patterns are ASCII': {
    why: "Java's \\s is; JavaScript's has all blanks of Unicode",
    schema: { pattern: '^\\s$' },
    data: '"\\u00a0"',
    isValid: false,
  },
  'the dollar stands before a last line break, too': {
    why: "Java's does, JavaScript's does not",
    schema: { pattern: '^a$' },
    data: '"a\\n"',
    isValid: true,
  },
  'bounds are exact decimals': {
    why: 'BigDecimal beside doubles',
    schema: { maximum: 12345678901234567000 },
    data: '12345678901234567000.5',
    isValid: false,
    excuses: ({ keyword, targets }) => /^(minimum|maximum)$/.test(keyword) && !Number.isSafeInteger(Number(targets[0])),
  },
  'date-time is a day that there is': {
    why: 'a strict calendar and offsets up to 18 hours; the other has an expression',
    schema: { format: 'date-time' },
    data: '"2023-02-29T00:00:00Z"',
    isValid: false,
    ...isFormat('date-time'),
  },
  'date is a day that there is': {
    why: 'as above',
    schema: { format: 'date' },
    data: '"2023-02-29"',
    isValid: false,
    ...isFormat('date'),
  },
  'time is digits': {
    why: "networknt's expression takes 99:99:99, and fractions",
    schema: { format: 'time' },
    data: '"99:99:99"',
    isValid: true,
    ...isFormat('time'),
  },
  'email has a top-level domain that there is': {
    why: 'the list of Apache Commons (ours: of IANA)',
    schema: { format: 'email' },
    data: '"a@b.test"',
    isValid: false,
    ...isFormat('email'),
  },
  'uri is ASCII': {
    why: "networknt's expression; the other takes what is no blank",
    schema: { format: 'uri' },
    data: '"http://ü"',
    isValid: false,
    ...isFormat('uri'),
  },
  'ipv4 has no leading zeros': {
    why: "networknt's expression",
    schema: { format: 'ipv4' },
    data: '"01.1.1.1"',
    isValid: false,
    ...isFormat('ipv4'),
  },
  'ipv6 has neither blanks nor a zone': {
    why: 'networknt asks twice',
    schema: { format: 'ipv6' },
    data: '"fe80::1%eth0"',
    isValid: false,
    ...isFormat('ipv6'),
  },
  'hostname ends without a point': {
    why: "networknt's expression",
    schema: { format: 'hostname' },
    data: '"a."',
    isValid: false,
    ...isFormat('hostname'),
  },
  'utc-millisec is digits': {
    why: "networknt's expression; the other asks JavaScript for a number",
    schema: { format: 'utc-millisec' },
    data: '"1.5"',
    isValid: true,
    ...isFormat('utc-millisec'),
  },
  'duration is anchored': {
    why: 'the whole text; the other searches in it',
    schema: { format: 'duration' },
    data: '"xP1D"',
    isValid: false,
    ...isFormat('duration'),
  },
  'color has an expression': {
    why: "networknt's: three to six digits; the other's: three or six",
    schema: { format: 'color' },
    data: '"#abcd"',
    isValid: true,
    ...isFormat('color'),
  },
  'style is one declaration': {
    why: "networknt's expression, for the whole text; the other searches in it",
    schema: { format: 'style' },
    data: '"a\\nb:c"',
    isValid: false,
    ...isFormat('style'),
  },
  'ip-address has no leading zeros': {
    why: 'as ipv4',
    schema: { format: 'ip-address' },
    data: '"01.1.1.1"',
    isValid: false,
    ...isFormat('ip-address'),
  },
  'other formats are ignored': {
    why: 'what networknt does not know says nothing',
    schema: { format: 'regex' },
    data: '"("',
    isValid: true,
  },
};

/**
 * Whether the verdicts differ for a reason of the list. Instances have one change each, so one excused report is enough: the
 * others are of branches that were not meant.
 */
export function isOnPurpose(reports: readonly ValidatorReport[], errors: readonly ValidationError[]): boolean {
  const all = Object.values(differences);
  return (
    reports.some((report) => all.some(({ excuses }) => excuses?.(report) ?? false)) ||
    errors.some((error) => all.some(({ forgives }) => forgives?.(error) ?? false))
  );
}
