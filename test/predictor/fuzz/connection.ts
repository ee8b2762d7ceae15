/** A caller's connection, on a bare socket, so that it can send what no client would, and hang up at any byte. */
import { connect, type Socket } from 'node:net';

export interface Reply {
  readonly status: number;
  readonly body: string;
}

export class Connection {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];
  #ended: Error | null = null;
  #isLast = false;
  /** A reply that nobody had asked for, or null. */
  surplus: Reply | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the server closed the connection')));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', resolve);
    });
    return new Connection(socket);
  }

  /** False once it has ended, or the server has said that it will. */
  get isOpen(): boolean {
    return this.#ended === null && !this.#isLast;
  }

  /** The next reply. Rejects if the connection ends before it. */
  reply(): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#ended === null) this.#waiting.push({ resolve, reject });
      else reject(this.#ended);
    });
  }

  write(bytes: Uint8Array | string): void {
    this.#socket.write(bytes);
  }

  hangUp(): void {
    this.#socket.resetAndDestroy();
  }

  #take(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    for (let reply = this.#parse(); reply !== null; reply = this.#parse()) {
      const first = this.#waiting.shift();
      if (first === undefined) this.surplus = reply;
      else first.resolve(reply);
    }
  }

  #parse(): Reply | null {
    const headEnd = this.#bytes.indexOf('\r\n\r\n');
    if (headEnd === -1) return null;
    const head = this.#bytes.toString('latin1', 0, headEnd);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
    const end = headEnd + 4 + Number(/\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(end) || Number.isNaN(status)) {
      this.#end(new Error(`expected a reply with a length, got ${JSON.stringify(head.slice(0, 200))}`));
      return null;
    }
    if (this.#bytes.length < end) return null;
    const body = this.#bytes.toString('utf8', headEnd + 4, end);
    this.#bytes = this.#bytes.subarray(end);
    if (/\nconnection: close/i.test(head)) this.#isLast = true;
    return { status, body };
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting = [];
  }
}

/** The bytes of a request to predict. */
export function requestOf(body: string | Uint8Array, more = ''): Buffer {
  const bytes = Buffer.from(body);
  const head = `POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${bytes.length}\r\n${more}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}
