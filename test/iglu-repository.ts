/**
 * An Iglu repository of tests, over real HTTP on loopback: static files, and the list that Iglu Central has too. It stands in for
 * Iglu Central, and can be slow, wrong and down as no real one may.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';

export type RepositoryMood =
  | 'well'
  /** Takes the connection and never answers. */
  | 'silent'
  /** 503. */
  | 'failing'
  /** 200 with a page for people. */
  | 'wrong'
  /** Sends everybody to another place of the same server, which has everything. */
  | 'redirecting'
  /** Never ends its answer. */
  | 'endless';

export interface IgluRepository {
  /** Without a slash at its end. */
  readonly uri: string;
  /** The addresses of the schemas that were asked for, without `/schemas/`, in their order; listings are not among them. */
  readonly asked: string[];
  /** May be changed at any time. By address without `/schemas/`. */
  readonly schemas: Map<string, string>;
  mood: RepositoryMood;
  /** How long an answer takes. */
  delayMs: number;
  /** Asked for with another key, everything is 404; null: open to all. */
  apiKey: string | null;
  /** Nobody listens any more; `up` listens on the same port again. */
  down(): Promise<void>;
  up(): Promise<void>;
}

export async function startIgluRepository(schemas: Readonly<Record<string, string>> = {}): Promise<IgluRepository> {
  let server: Server;
  let port = 0;
  const repository = {
    uri: '',
    asked: [] as string[],
    schemas: new Map(Object.entries(schemas)),
    mood: 'well' as RepositoryMood,
    delayMs: 0,
    apiKey: null as string | null,
    async up(): Promise<void> {
      server = createServer((request, response) => {
        const answer = (): void => reply(repository, request, response);
        if (repository.delayMs === 0) answer();
        else setTimeout(answer, repository.delayMs);
      }).listen(port, '127.0.0.1');
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
      repository.uri = `http://127.0.0.1:${port}`;
    },
    async down(): Promise<void> {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  await repository.up();
  return repository;
}

function reply(repository: IgluRepository, request: IncomingMessage, response: ServerResponse): void {
  const path = String(request.url);
  const address = path.replace('/schemas/', '');
  if (path !== '/schemas') repository.asked.push(address);
  if (path.startsWith('/elsewhere')) return void response.end('"FROM ELSEWHERE"');
  const { mood, schemas, apiKey } = repository;
  if (mood === 'silent') return;
  if (mood === 'failing') return void response.writeHead(503).end();
  if (mood === 'wrong') return void response.end('<html>Welcome!</html>');
  if (mood === 'redirecting') return void response.writeHead(302, { location: '/elsewhere' }).end();
  if (mood === 'endless') return void pipeline(Readable.from(endless()), response, () => undefined);
  const isOpen = apiKey === null || request.headers.apikey === apiKey;
  const listed = JSON.stringify([...schemas.keys()].map((key) => `iglu:${key}`));
  const text = !isOpen ? undefined : path === '/schemas' ? listed : schemas.get(address);
  response.writeHead(text === undefined ? 404 : 200).end(text);
}

function* endless(): Generator<string> {
  for (;;) yield 'x'.repeat(65_536);
}
