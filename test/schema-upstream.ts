/** A schema server of the tests: a static repository that may fall silent, with a change feed. On 127.0.0.1. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'node:url';

export class SchemaUpstream {
  /** Requests for schemas. */
  asked = 0;
  /** It takes requests and never answers. */
  isSilent = false;
  /** What it has not, it is not sure of: `Upstream` could not be asked. */
  isUnsure = false;
  private readonly published = new Map<string, string>();
  private readonly changes: string[] = [];
  private waiting: ServerResponse[] = [];
  private run = 1;
  /** How far the one that follows said that it has heard. */
  private heard = 0;

  private constructor(
    private readonly documents: (path: string) => string | undefined,
    private readonly server = createServer((request, response) => this.answer(String(request.url), response)),
  ) {}

  /** `documents`: by `VENDOR/NAME/FORMAT/VERSION`. */
  static async start(documents: (path: string) => string | undefined): Promise<SchemaUpstream> {
    const upstream = new SchemaUpstream(documents);
    upstream.server.listen(0, '127.0.0.1');
    await once(upstream.server, 'listening');
    return upstream;
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** How many wait for a change now. */
  get followers(): number {
    return this.waiting.length;
  }

  get hasBeenHeard(): boolean {
    return this.heard === this.changes.length;
  }

  publish(path: string, document: string): void {
    this.published.set(path, document);
    this.changes.push(`iglu:${path}`);
    this.release(this.changes.length - 1);
  }

  /** Breaks all connections; the feed counts from anew. */
  restart(): void {
    this.run++;
    this.changes.length = 0;
    this.heard = 0;
    this.waiting = [];
    this.server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private answer(target: string, response: ServerResponse): void {
    const { pathname, query } = parse(target, true);
    if (pathname === '/changes') return this.follow(query.since, response);
    this.asked++;
    if (this.isSilent) return;
    const path = String(pathname).replace('/schemas/', '');
    const document = this.published.get(path) ?? this.documents(path);
    if (document !== undefined) return void response.end(document);
    if (!this.isUnsure) return void response.writeHead(404).end('{"message":"The schema is not found"}');
    const lookupHistory = [{ repository: 'Upstream', errors: [{ error: 'ClientFailure', message: 'no answer' }] }];
    response.writeHead(404, { 'x-flotilla-lookup': 'unsure' }).end(JSON.stringify({ message: 'no', lookupHistory }));
  }

  private follow(since: string | string[] | undefined, response: ServerResponse): void {
    if (since === undefined) return this.tell(response, this.changes.length);
    this.heard = Number(since);
    if (this.heard < this.changes.length) return this.tell(response, this.heard);
    this.waiting.push(response);
  }

  private release(since: number): void {
    for (const response of this.waiting) this.tell(response, since);
    this.waiting = [];
  }

  private tell(response: ServerResponse, since: number): void {
    const { run, changes } = this;
    response.end(JSON.stringify({ feed: `run ${run}`, position: changes.length, keys: changes.slice(since) }));
  }
}
