/**
 * What Node's HTTP parser cannot read, or had to wait for too long, gets a status and loses its connection. Nothing of it
 * is stored (snowplow-protocol 1.1, 1.6).
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/** Node's and its parser's error codes; every other one is 400. */
const statuses: Record<string, number> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
  HPE_INVALID_METHOD: 501,
  HPE_INVALID_VERSION: 505,
};

/** Gives the status to `answered` when one could be sent. */
export function refuseConnection(
  error: NodeJS.ErrnoException,
  socket: Socket,
  answered: (status: number) => void,
): void {
  const status = statuses[error.code ?? ''] ?? 400;
  // An earlier request on this connection may wait for its answer: a refusal must not be taken for that. A timeout says
  // "try again", and may.
  const { _httpMessage: owed } = socket as { _httpMessage?: { headersSent?: boolean } | null };
  const mayAnswer = owed == null || (status === 408 && owed.headersSent !== true);
  if (error.code === 'ECONNRESET' || !socket.writable || !mayAnswer) {
    socket.destroy();
    return;
  }
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  socket.destroySoon();
  answered(status);
}
