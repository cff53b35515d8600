/**
 * Iglu's resolver configuration: which repositories are asked for schemas, and in which order (snowplow-protocol 5.2). Read by the
 * schema server, by the enricher and by the commands. Pure: the text comes from whoever reads the file.
 */

/** Where a repository is. */
export type Connection =
  /** `uri` is without a slash at its end; `apiKey` goes into the header `apikey`. */
  | { readonly kind: 'http'; readonly uri: string; readonly apiKey: string | null }
  /** A folder of this machine. */
  | { readonly kind: 'embedded'; readonly path: string };

export interface Repository {
  /** No other repository of the configuration has it. */
  readonly name: string;
  /** Low first, among repositories that are alike otherwise. */
  readonly priority: number;
  /** A schema whose vendor starts with one of them is asked for here first. Plain text: `com.acme` fits `com.acmecorp` too. */
  readonly vendorPrefixes: readonly string[];
  readonly connection: Connection;
}

export interface ResolverConfig {
  /** How many schemas a client keeps; 0: none. */
  readonly cacheSize: number;
  /** Whole seconds; null: for ever; 0: nothing is kept. */
  readonly cacheTtlSeconds: number | null;
  /** In the order of the file. */
  readonly repositories: readonly Repository[];
}

/** All faults at once, each one line that names the place, what stands there and what may. An API key is in none. */
export type ParsedResolverConfig =
  { readonly ok: true; readonly config: ResolverConfig } | { readonly ok: false; readonly faults: readonly string[] };

const family = 'iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/';
/** A time of 0 came with 1-0-3; every other difference between them is one of strictness, and the last one's is taken. */
const versions = ['1-0-0', '1-0-1', '1-0-2', '1-0-3'];
const versionWithoutTtl = '1-0-3';

/** Asked in this order of their kinds: what lies on the machine before what is far. */
const classOf: Record<Connection['kind'], number> = { embedded: 2, http: 100 };

export function parseResolverConfig(text: string): ParsedResolverConfig {
  const reader = new ConfigReader();
  const config = reader.document(text);
  return reader.faults.length > 0 || config === undefined ? { ok: false, faults: reader.faults } : { ok: true, config };
}

/**
 * Every repository, in the order in which they are asked for a schema of this vendor: those first that list its prefix, then by
 * kind, then by priority, then as in the file. None is left out: the later ones are asked when the earlier do not have it.
 */
export function lookupOrder(config: ResolverConfig, vendor: string): Repository[] {
  const rank = ({ vendorPrefixes, connection, priority }: Repository): [number, number, number] => [
    vendorPrefixes.some((prefix) => vendor.startsWith(prefix)) ? 0 : 1,
    classOf[connection.kind],
    priority,
  ];
  return [...config.repositories].sort((a, b) => {
    const [ranksA, ranksB] = [rank(a), rank(b)];
    const differs = ranksA.findIndex((value, i) => value !== ranksB[i]);
    return differs === -1 ? 0 : (ranksA[differs] as number) - (ranksB[differs] as number);
  });
}

type Members = Readonly<Record<string, unknown>>;

const wanted = {
  text: 'a text',
  object: 'an object',
  uri: 'an http:// or https:// address without user, query and fragment',
};

/** Reads one document; what it returns counts only when there are no faults. */
class ConfigReader {
  readonly faults: string[] = [];

  document(text: string): ResolverConfig | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.faults.push('it is no JSON'); // the parser's own sentence would quote the text, keys and all
      return undefined;
    }
    const known = this.members(value, 'it', ['schema', 'data'], ['schema', 'data']);
    if (known === undefined) return undefined;
    const version = this.versionOf(known.schema);
    return version === undefined || known.data === undefined ? undefined : this.config(known.data, version);
  }

  /** Nothing can be said of the data of a version that is not known. */
  private versionOf(schema: unknown): string | undefined {
    if (schema === undefined) return undefined;
    const version = versions.find((one) => schema === family + one);
    if (version === undefined)
      this.wrong('schema', schema, `${family}VERSION with a VERSION of ${versions.join(', ')}`);
    return version;
  }

  private config(value: unknown, version: string): ResolverConfig | undefined {
    const data = this.members(value, 'data', ['cacheSize', 'cacheTtl', 'repositories'], ['cacheSize', 'repositories']);
    if (data === undefined) return undefined;
    const ttlMin = version === versionWithoutTtl ? 0 : 1;
    const cacheSize = data.cacheSize === undefined ? 0 : this.whole(data.cacheSize, 'data.cacheSize', 0);
    const ttl = data.cacheTtl ?? null;
    const cacheTtlSeconds = ttl === null ? null : this.whole(ttl, 'data.cacheTtl', ttlMin);
    const items = data.repositories === undefined ? [] : this.list(data.repositories, 'data.repositories');
    const repositories = items.map((item, i) => this.repository(item, `data.repositories[${i}]`));
    this.tellTwins(repositories);
    return { cacheSize, cacheTtlSeconds, repositories: repositories.filter((one) => one !== undefined) };
  }

  private tellTwins(repositories: readonly (Repository | undefined)[]): void {
    const names = repositories.map((repository) => repository?.name);
    names.forEach((name, i) => {
      const first = names.indexOf(name);
      if (name === undefined || name === '' || first === i) return;
      this.wrong(`data.repositories[${i}].name`, name, `another than that of data.repositories[${first}]`);
    });
  }

  private repository(value: unknown, at: string): Repository | undefined {
    const keys = ['name', 'priority', 'vendorPrefixes', 'connection'];
    const given = this.members(value, at, keys, keys);
    if (given === undefined) return undefined;
    const name = given.name === undefined ? '' : this.text(given.name, `${at}.name`);
    const { priority } = given;
    if (priority !== undefined && typeof priority !== 'number') this.wrong(`${at}.priority`, priority, 'a number');
    const prefixes = given.vendorPrefixes === undefined ? [] : this.list(given.vendorPrefixes, `${at}.vendorPrefixes`);
    const vendorPrefixes = prefixes.map((prefix, i) => this.text(prefix, `${at}.vendorPrefixes[${i}]`, true));
    const connection = given.connection === undefined ? undefined : this.connection(given.connection, at);
    return connection && { name, priority: Number(priority), vendorPrefixes, connection };
  }

  private connection(value: unknown, repository: string): Connection | undefined {
    const at = `${repository}.connection`;
    const given = this.members(value, at, ['http', 'embedded'], []);
    if (given === undefined) return undefined;
    if (Object.keys(given).filter((key) => key === 'http' || key === 'embedded').length !== 1) {
      this.faults.push(`${at} must have either http or embedded`);
      return undefined;
    }
    return 'http' in given ? this.http(given.http, `${at}.http`) : this.embedded(given.embedded, `${at}.embedded`);
  }

  private http(value: unknown, at: string): Connection | undefined {
    const given = this.members(value, at, ['uri', 'apikey'], ['uri']);
    if (given === undefined) return undefined;
    const { uri } = given;
    if (uri !== undefined && !isPlainUri(uri)) this.wrong(`${at}.uri`, isSecretive(uri) ? undefined : uri, wanted.uri);
    const apiKey = given.apikey ?? null;
    if (apiKey !== null && (typeof apiKey !== 'string' || !/^[\x21-\x7e]+$/.test(apiKey)))
      this.faults.push(`${at}.apikey must be a text of ASCII characters without blanks, or null`);
    return { kind: 'http', uri: String(uri).replace(/\/$/, ''), apiKey: apiKey === null ? null : String(apiKey) };
  }

  private embedded(value: unknown, at: string): Connection | undefined {
    const given = this.members(value, at, ['path'], ['path']);
    if (given === undefined) return undefined;
    return { kind: 'embedded', path: given.path === undefined ? '' : this.text(given.path, `${at}.path`) };
  }

  /** An object; tells of every key that must be there and is not, or is there and means nothing. */
  private members(value: unknown, at: string, keys: readonly string[], needed: readonly string[]): Members | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.wrong(at, value, wanted.object);
      return undefined;
    }
    for (const key of needed) if (!Object.hasOwn(value, key)) this.faults.push(`${at} must have ${key}`);
    for (const key of Object.keys(value))
      if (!keys.includes(key)) this.faults.push(`${at} has ${JSON.stringify(key)}: there are ${keys.join(', ')}`);
    return value as Members;
  }

  private list(value: unknown, at: string): readonly unknown[] {
    if (Array.isArray(value)) return value;
    this.wrong(at, value, 'an array');
    return [];
  }

  private text(value: unknown, at: string, mayBeEmpty = false): string {
    if (typeof value === 'string' && (value !== '' || mayBeEmpty)) return value;
    this.wrong(at, value, wanted.text);
    return '';
  }

  private whole(value: unknown, at: string, min: number): number {
    if (Number.isSafeInteger(value) && (value as number) >= min) return value as number;
    this.wrong(at, value, `a whole number, ${min} or more`);
    return 0;
  }

  /** Undefined: not to be shown. */
  private wrong(at: string, value: unknown, allowed: string): void {
    const shown = typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'an array' : 'an object') : JSON.stringify(value); // prettier-ignore
    this.faults.push(shown === undefined ? `${at} must be ${allowed}` : `${at} is ${shown}: it must be ${allowed}`);
  }
}

function isPlainUri(uri: unknown): boolean {
  if (typeof uri !== 'string' || !/^https?:\/\/[^\s]+$/i.test(uri) || !URL.canParse(uri)) return false;
  return !isSecretive(uri) && !/[?#]/.test(uri);
}

/** Has a user or a password: nothing to print. */
function isSecretive(uri: unknown): boolean {
  return typeof uri === 'string' && /^[a-z]+:\/\/[^/]*@/i.test(uri);
}
