/** The page of a small shop and the tracker's own scripts, over HTTP on a free port of this machine. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { root } from '../source-tree';

const scriptOf = (name: string): string => join(root, 'node_modules/@snowplow', name, 'dist/index.umd.min.js');

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function servePage(): Promise<PageServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page');
    const name = /^\/(browser-[\w-]+)\.js$/.exec(pathname)?.[1];
    if (name === undefined && pathname !== '/') return response.writeHead(404).end();
    const [type, file] = name === undefined ? ['text/html', join(__dirname, 'page.html')] : ['text/javascript', scriptOf(name)]; // prettier-ignore
    return response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(readFileSync(file));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
