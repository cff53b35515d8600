/**
 * Fetches schemas of an Iglu repository into a folder in the layout of a static one. Each file is there wholly or not at all; a run
 * that broke off is gone on with. Deletes nothing of what is there.
 */
import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasPartOfDots, repositoryAnswer, schemaAddress } from '../../protocol/repository-answer';
import { parseSchemaKey, schemaUri, type SchemaKey } from '../../protocol/schema-key';
import { boundedFetch } from '../../runtime/bounded-fetch';
import type { Clock } from '../../runtime/clock';
import { ensureFolder, readOrNull, statOrNull, writeDurably } from '../../runtime/durable-files';
import { FlotillaError, isRetryable, messageOf } from '../../runtime/errors';
import { inParallel } from '../../runtime/in-parallel';
import type { Random } from '../../runtime/random';
import { withRetries } from '../../runtime/retry';
import type { MirrorSettings } from './mirror-config';
import { journalHead, journalLine, readJournal, type DoneOutcome, type MirrorOutcome } from './mirror-journal';

export interface Mirroring {
  /** `from` without a slash at its end, `to` absolute. */
  readonly settings: Omit<MirrorSettings, 'keys'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Why a schema could not be had. */
  readonly onFailed: (name: string, reason: string) => void;
}

/** A list of ten thousand schemas has less than 1 MB. */
const LIST_BYTES_MAX = 67_108_864;

/** The names that the repository lists, or in one sentence why it gives no list. */
export async function listRepository({ settings, clock }: Mirroring): Promise<readonly string[] | string> {
  const address = `${settings.from}/schemas`;
  try {
    const request = { headers: headersOf(settings), timeoutMs: settings.requestTimeoutMs, bytesMax: LIST_BYTES_MAX, clock }; // prettier-ignore
    const { status, body } = await boundedFetch(address, request);
    if (status !== 200 || body === null) return `${address} gives no list of schemas: status ${status}`;
    const list = JSON.parse(body.toString()) as unknown;
    if (Array.isArray(list) && list.every((name) => typeof name === 'string')) return list;
  } catch (error) {
    if (isRetryable(error)) return `${address} does not answer: ${messageOf(error)}`;
  }
  return `${address} gives no list of schemas: it is no JSON array of texts`;
}

/** One outcome for each of the names, and how many of them an earlier run had. */
export async function mirrorRepository(
  names: readonly string[],
  mirroring: Mirroring,
): Promise<{ readonly outcomes: readonly MirrorOutcome[]; readonly before: number }> {
  const { settings, onFailed } = mirroring;
  const staging = join(settings.to, '.staging');
  const journal = join(settings.to, '.mirror-journal');
  await ensureFolder(settings.to);
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging);
  const done = readJournal((await readOrNull(journal)) ?? '', settings.from);
  const kept = [...done].map(([uri, outcome]) => journalLine(outcome, uri)).join('');
  await rm(journal, { force: true });
  await appendFile(journal, journalHead(settings.from) + kept);

  const unique = [...new Set(names)];
  const outcomes = await inParallel(unique, settings.requestsMax, async (name, i): Promise<MirrorOutcome> => {
    const known = done.get(name);
    if (known !== undefined) return known;
    const key = parseSchemaKey(name);
    if (typeof key === 'string' || hasPartOfDots(key)) {
      onFailed(JSON.stringify(name), 'is no schema key');
      return 'failed';
    }
    const text = await fetchSchema(key, mirroring);
    if (typeof text === 'string') {
      onFailed(name, text);
      return 'failed';
    }
    const outcome = await store(key, text, settings.to, join(staging, String(i)));
    await appendFile(journal, journalLine(outcome, schemaUri(key)));
    return outcome;
  });
  await rm(staging, { recursive: true });
  if (!outcomes.includes('failed')) await rm(journal);
  return { outcomes, before: unique.filter((name) => done.has(name)).length };
}

/** The document, or why there is none. */
async function fetchSchema(key: SchemaKey, { settings, clock, random }: Mirroring): Promise<Uint8Array | string> {
  const { requestTimeoutMs: timeoutMs, schemaBytesMax: bytesMax, attemptsMax } = settings;
  const attempt = async (): Promise<Uint8Array | string> => {
    const request = { headers: headersOf(settings), timeoutMs, bytesMax, clock };
    const answer = repositoryAnswer(await boundedFetch(schemaAddress(settings.from, key), request));
    if (answer.kind === 'found') return answer.text;
    if (answer.kind === 'not-found') return 'is listed, but not found';
    const reason = 'message' in answer.error ? answer.error.message : '';
    if (answer.kind === 'unavailable') throw new FlotillaError('FLOTILLA_UNAVAILABLE', reason);
    return reason;
  };
  try {
    return await withRetries(attempt, { attemptsMax, backoff: { minMs: 200, maxMs: 5_000 }, clock, random });
  } catch (error) {
    if (!isRetryable(error)) throw error;
    return messageOf(error);
  }
}

async function store(key: SchemaKey, text: Uint8Array, to: string, staging: string): Promise<DoneOutcome> {
  const path = join(to, 'schemas', key.vendor, key.name, key.format, key.version);
  const isThere = (await statOrNull(path)) !== null;
  if (isThere && Buffer.compare(await readFile(path), text) === 0) return 'same';
  await ensureFolder(dirname(path));
  await writeDurably(path, text, staging);
  return isThere ? 'changed' : 'new';
}

const headersOf = ({ apiKey }: Pick<MirrorSettings, 'apiKey'>): Record<string, string> =>
  apiKey === '' ? {} : { apikey: apiKey };
