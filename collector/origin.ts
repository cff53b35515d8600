/** The Origin header: whom CORS may answer, and which hosts a cookie may belong to (snowplow-protocol 1.1, 1.3). Pure. */
import { headerLines, type Header } from './request';

/** scheme://host[:port], nothing else: no path, no user, no final slash. */
const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([^\s/?#@,]*?)(?::(\d*))?$/i;

export interface Origin {
  /** For Access-Control-Allow-Origin; `*` when there is no origin that can be read. */
  readonly allow: string;
  /** Lower case, without port. */
  readonly hosts: readonly string[];
}

const none: Origin = { allow: '*', hosts: [] };

/** Several origins may stand in one line, between blanks; one that does not parse makes the whole header count as absent. */
export function readOrigin(headers: readonly Header[]): Origin {
  const line = headerLines(headers, 'origin')[0]?.trim();
  if (line === undefined || line === '') return none;
  if (line === 'null') return { allow: 'null', hosts: [] };
  const origins = line.split(/\s*,\s*|\s+/).map((text) => ({ text, parts: ORIGIN.exec(text) }));
  if (origins.some(({ parts }) => parts === null)) return none;
  return {
    allow: origins[0]?.text ?? '*',
    hosts: origins.map(({ parts }) => (parts?.[2] ?? '').toLowerCase()).filter((host) => host !== ''),
  };
}
