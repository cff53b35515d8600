/** HTTP as bytes on a socket, for tests of a server's edges: what no HTTP client would send, and exactly what came back. */
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  /** Names in lower case; the last line of a name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One connection. Close it, or let the server. */
export class RawConnection {
  private received = '';
  private ended = false;
  private changed: () => void = () => undefined;

  private constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.change(() => (this.received += chunk.toString('latin1'))));
    socket.on('close', () => this.change(() => (this.ended = true)));
    socket.on('error', () => undefined); // a reset is a way for a connection to end
  }

  static open(port: number): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawConnection(socket)));
    });
  }

  /** Text is latin-1: one character a byte. */
  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** The next answer; null when the connection ends without one. `isHead`: it has no body whatever it says. */
  async answer({ isHead = false } = {}): Promise<Answer | null> {
    for (;;) {
      const answer = this.takeAnswer(isHead);
      if (answer !== undefined) return answer;
      if (this.ended) return null;
      await this.nextChange();
    }
  }

  /** Resolves when the server has closed. */
  async closed(): Promise<void> {
    while (!this.ended) await this.nextChange();
  }

  close(): void {
    this.socket.destroy();
  }

  private change(apply: () => void): void {
    apply();
    this.changed();
  }

  private nextChange(): Promise<void> {
    return new Promise((resolve) => (this.changed = resolve));
  }

  private takeAnswer(isHead: boolean): Answer | undefined {
    const end = this.received.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [statusLine = '', ...lines] = this.received.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const length = isHead ? 0 : Number(headers['content-length'] ?? 0);
    const bodyStart = end + 4;
    if (this.received.length < bodyStart + length) return undefined;
    const body = this.received.slice(bodyStart, bodyStart + length);
    this.received = this.received.slice(bodyStart + length);
    return { status: Number(statusLine.split(' ')[1]), headers, body };
  }
}

/** Sends bytes on a connection of their own and gives the first answer; null when there is none. */
export async function exchange(port: number, bytes: string | Buffer): Promise<Answer | null> {
  const connection = await RawConnection.open(port);
  connection.send(bytes);
  const answer = await connection.answer();
  connection.close();
  return answer;
}
