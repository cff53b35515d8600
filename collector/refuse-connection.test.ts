import type { Socket } from 'node:net';
import { refuseConnection } from './refuse-connection';

/** Everything that happens to the connection, in order. */
function refuse(code: string | undefined, state: { writable?: boolean; _httpMessage?: object | null } = {}): string[] {
  const effects: string[] = [];
  const socket = {
    writable: true,
    ...state,
    write: (text: string) => effects.push(text.split('\r\n')[0] as string),
    destroySoon: () => effects.push('close after that'),
    destroy: () => effects.push('close'),
  };
  const error = Object.assign(new Error('parse error'), { code });
  refuseConnection(error, socket as unknown as Socket, (status) => effects.push(`counted ${status}`));
  return effects;
}

describe('what the HTTP parser cannot read', () => {
  it.each([
    ['HPE_INVALID_METHOD', '501 Not Implemented'],
    ['HPE_INVALID_VERSION', '505 HTTP Version Not Supported'],
    ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
    ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
    ['HPE_INVALID_URL', '400 Bad Request'],
    ['ANYTHING', '400 Bad Request'],
    [undefined, '400 Bad Request'],
  ])('%s is answered %s, and the connection closes', (code, line) => {
    expect(refuse(code)).toEqual([`HTTP/1.1 ${line}`, 'close after that', `counted ${line.slice(0, 3)}`]);
  });

  it.each([
    ['the client is gone', 'ECONNRESET', {}],
    ['nothing can be written', 'HPE_INVALID_URL', { writable: false }],
    ['an earlier request waits for its answer', 'HPE_INVALID_URL', { _httpMessage: { headersSent: false } }],
    ['an answer has begun', 'ERR_HTTP_REQUEST_TIMEOUT', { _httpMessage: { headersSent: true } }],
  ])('gets no answer when %s', (_, code, state) => {
    expect(refuse(code, state)).toEqual(['close']);
  });

  it('is told 408 when it is the body that does not come: that means try again', () => {
    expect(refuse('ERR_HTTP_REQUEST_TIMEOUT', { _httpMessage: { headersSent: false } })[0]).toContain('408');
  });
});
