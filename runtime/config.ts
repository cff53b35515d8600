/**
 * Settings: one description, many uses. A service describes its settings as sections of fields; from the same
 * description come the type, the validation (all faults at once), the start-up line and `docs/configuration.md`.
 *
 * A setting `leaseDurationMs` of section `kinesisClient` is `kinesisClient.leaseDurationMs` in the JSON file,
 * FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS in the environment and --kinesis-client-lease-duration-ms as an option.
 * Later wins: default, file (--config FILE), environment, option.
 */
import { z } from 'zod';

export interface Field<T> {
  readonly doc: string;
  /** Undefined: the setting must be given. */
  readonly default: T | undefined;
  /** What a value may be, in words for a fault and for the docs: `an integer from 1 to 65535`. */
  readonly allowed: string;
  /** Never printed. */
  readonly secret: boolean;
  readonly schema: z.ZodType<T>;
}

export type Fields = Record<string, Field<unknown>>;
export type Sections = Record<string, Fields>;
export type Settings<S extends Sections> = {
  readonly [K in keyof S]: { readonly [F in keyof S[K]]: S[K][F] extends Field<infer T> ? T : never };
};

interface Described<T> {
  readonly doc: string;
  readonly default?: T;
}
interface Bounded extends Described<number> {
  readonly min: number;
  readonly max?: number;
}

const field = <T>(schema: z.ZodType<T>, allowed: string, described: Described<T>, secret = false): Field<T> =>
  Object.freeze({ doc: described.doc, default: described.default, allowed, secret, schema });

const fromText = (text: unknown): unknown =>
  typeof text === 'string' && /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;

const bounds = ({ min, max }: Bounded): string => (max === undefined ? `${min} or more` : `from ${min} to ${max}`);
const within = (number: z.ZodNumber, { min, max }: Bounded): z.ZodNumber =>
  max === undefined ? number.min(min) : number.min(min).max(max);

// The kinds of fields. Numbers are read from text too, as the environment and options have them.

/** A whole number without a unit. */
export const integer = (options: Bounded): Field<number> =>
  field(z.preprocess(fromText, within(z.number().int(), options)), `an integer, ${bounds(options)}`, options);
/** Any decimal number. */
export const number = (options: Bounded): Field<number> =>
  field(z.preprocess(fromText, within(z.number(), options)), `a number, ${bounds(options)}`, options);
/** Whole milliseconds; the setting's name ends in `Ms`. */
export const durationMs = (options: Bounded): Field<number> =>
  field(z.preprocess(fromText, within(z.number().int(), options)), `milliseconds, ${bounds(options)}`, options);
/** Whole bytes. */
export const bytes = (options: Bounded): Field<number> =>
  field(z.preprocess(fromText, within(z.number().int(), options)), `bytes, ${bounds(options)}`, options);
/** A TCP port; 0 is none. */
export const port = (options: Described<number>): Field<number> =>
  field(z.preprocess(fromText, z.number().int().min(1).max(65535)), 'a port, from 1 to 65535', options);
/** Any text, or one that matches the pattern; then `allowed` says so in words. */
export const text = (options: Described<string> & { pattern?: RegExp; allowed?: string }): Field<string> =>
  field(options.pattern ? z.string().regex(options.pattern) : z.string(), options.allowed ?? 'text', options);
/** Text that no log, page or fault ever shows. */
export const secret = (options: Described<string>): Field<string> =>
  field(z.string(), 'text, never printed', options, true);
/** `true` or `1`, `false` or `0`. */
export const flag = (options: Described<boolean>): Field<boolean> =>
  field(
    z.preprocess(
      (value) => (value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value),
      z.boolean(),
    ),
    'true or false',
    options,
  );
/** One of a few texts. */
export const choice = <const C extends readonly [string, ...string[]]>(
  options: Described<C[number]> & { choices: C },
): Field<C[number]> =>
  field(z.enum(options.choices) as z.ZodType<C[number]>, `one of ${options.choices.join(', ')}`, options);
/** An http or https address. The empty text stands for "not set". */
export const url = (options: Described<string>): Field<string> =>
  field(
    z.string().refine((value) => value === '' || (/^https?:\/\//.test(value) && URL.canParse(value))),
    'an http:// or https:// URL, or empty',
    options,
  );
/** A list of texts; in the environment and in options separated by commas. */
export const list = (options: Described<readonly string[]>): Field<readonly string[]> =>
  field(
    z.preprocess(
      (value) =>
        typeof value === 'string'
          ? value
              .split(',')
              .map((item) => item.trim())
              .filter((item) => item !== '')
          : value,
      z.array(z.string()),
    ),
    'a list (commas between in the environment)',
    options,
  );

/** `kinesisClient`, `leaseDurationMs` -> `FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS`. */
export const environmentName = (section: string, key: string): string =>
  `FLOTILLA_${[section, key].map((part) => part.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()).join('_')}`;

/** `kinesisClient`, `leaseDurationMs` -> `--kinesis-client-lease-duration-ms`. */
export const optionName = (section: string, key: string, bareSection?: string): string =>
  `--${(section === bareSection ? [key] : [section, key]).map((part) => part.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase()).join('-')}`;

/** Sections that the JSON file may hold for the other services; each service reads its own and passes over these. */
export const knownSections = [
  'aws', 'stream', 'kinesisClient', 'log', 'metrics', 'collector', 'producer', 'enricher', 's3', 'schemaServer', 'schemas', 'local', 'start', 'send', 'simulate', 'chaos', 'schemasExplain', 'schemasMirror', 'kcl',
] as const; // prettier-ignore

export interface Sources {
  /** The arguments after the program's name. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
}

export type Loaded<S extends Sections> =
  | {
      readonly kind: 'settings';
      readonly settings: Settings<S>;
      readonly flags: ReadonlySet<string>;
      /** The path of `--config`, when it was given. */
      readonly file?: string;
    }
  | { readonly kind: 'faults'; readonly faults: readonly string[] };

interface Options {
  /** A section whose options need no prefix: `--port` instead of `--start-port`. For commands that a person types. */
  readonly bareSection?: string;
  /** Options without a value that the program knows beside the settings: `--check`, `--help`, `--fresh`. */
  readonly flags?: readonly string[];
}

/** Reads every setting of the sections. Reports all faults at once, each naming the setting, its value and what is allowed. */
export function loadSettings<S extends Sections>(sections: S, sources: Sources, options: Options = {}): Loaded<S> {
  const faults: string[] = [];
  const { given, flags, file } = readOptions(sections, sources.argv, options, faults);
  const inFile = file === undefined ? {} : readConfigFile(file, sections, sources.readFile, faults);
  const settings: Record<string, Record<string, unknown>> = {};
  for (const [section, fields] of Object.entries(sections)) {
    const values: Record<string, unknown> = (settings[section] = {});
    for (const [key, one] of Object.entries(fields)) {
      const environment = environmentName(section, key);
      const option = optionName(section, key, options.bareSection);
      const candidates: [string, unknown][] = [
        [option, given.get(option)],
        [environment, sources.environment[environment]],
        [`${section}.${key} in ${file}`, inFile[section]?.[key]],
      ];
      const [name, raw] = candidates.find(([, value]) => value !== undefined) ?? ['', one.default];
      if (raw === undefined) {
        faults.push(`${environment} (or ${option}) must be set: ${one.allowed}`);
        continue;
      }
      const parsed = one.schema.safeParse(raw);
      if (parsed.success) values[key] = Object.freeze(parsed.data);
      else faults.push(`${name} is ${one.secret ? 'not right' : JSON.stringify(raw)}: it must be ${one.allowed}`);
    }
    Object.freeze(values);
  }
  if (faults.length > 0) return { kind: 'faults', faults };
  return { kind: 'settings', settings: Object.freeze(settings) as Settings<S>, flags, file };
}

function readOptions(sections: Sections, argv: readonly string[], options: Options, faults: string[]) {
  const known = new Set(
    Object.entries(sections).flatMap(([section, fields]) =>
      Object.keys(fields).map((key) => optionName(section, key, options.bareSection)),
    ),
  );
  const given = new Map<string, string>();
  const flags = new Set<string>();
  let file: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const [name = '', inline] = (argv[i] as string).split(/=(.*)/s, 2);
    if (options.flags?.includes(name) && inline === undefined) {
      flags.add(name);
      continue;
    }
    if (name !== '--config' && !known.has(name)) {
      faults.push(`${argv[i]} is no option here; --help lists them`);
      continue;
    }
    const value = inline ?? argv[++i];
    if (value === undefined) faults.push(`${name} needs a value`);
    else if (name === '--config') file = value;
    else given.set(name, value);
  }
  return { given, flags, file };
}

function readConfigFile(
  path: string,
  sections: Sections,
  readFile: (path: string) => string,
  faults: string[],
): Record<string, Record<string, unknown> | undefined> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFile(path));
  } catch (error) {
    faults.push(`--config ${path} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`);
    return {};
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    faults.push(`--config ${path} must hold one JSON object with a section each: {"collector": {...}}`);
    return {};
  }
  const whole = parsed as Record<string, Record<string, unknown>>;
  for (const [section, values] of Object.entries(whole)) {
    const fields = sections[section];
    if (fields === undefined) {
      if (!(knownSections as readonly string[]).includes(section))
        faults.push(`${section} in ${path} is no section; there are ${knownSections.join(', ')}`);
      continue;
    }
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      faults.push(`${section} in ${path} must be an object`);
      delete whole[section];
      continue;
    }
    for (const key of Object.keys(values)) {
      if (!Object.hasOwn(fields, key))
        faults.push(`${section}.${key} in ${path} is no setting; there are ${Object.keys(fields).join(', ')}`);
    }
  }
  return whole;
}

/** The settings as one object for the start-up log line, secrets hidden. */
export function redacted<S extends Sections>(
  sections: S,
  settings: Settings<S>,
): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(sections).map(([section, fields]) => [
      section,
      Object.fromEntries(
        Object.entries(fields).map(([key, one]) => [
          key,
          one.secret ? '***' : (settings[section] as Record<string, unknown>)[key],
        ]),
      ),
    ]),
  );
}

/** The lines of `--help` for the settings: option, what it may be, default, meaning. */
export function settingsHelp(sections: Sections, bareSection?: string): string {
  const rows = Object.entries(sections).flatMap(([section, fields]) =>
    Object.entries(fields).map(([key, one]) => {
      const fallback =
        one.default === undefined ? 'required' : `default ${one.secret ? '***' : JSON.stringify(one.default)}`;
      return `  ${optionName(section, key, bareSection).padEnd(34)} ${one.doc} (${one.allowed}; ${fallback})`;
    }),
  );
  return rows.join('\n');
}
