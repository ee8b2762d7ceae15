/** The console's server: pages, data as JSON, server-sent events and, where that is switched on, actions. */
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { createGzip, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Session } from '../cli/session.ts';
import { explain } from '../cli/terminal/failure.ts';
import { serveData } from './data.ts';
import { admitCookie, answerFailures, cookieOf, drawKeys, guardSite, isSame, type Keys } from './door.ts';
import { openLive } from './live.ts';
import { servePages } from './pages.ts';
import { openReader, type Reader } from './reader/reader.ts';

export interface ConsoleOptions {
  readonly session: Session;
  /** 0: any that is free. */
  readonly port: number;
  /** Whether requests may be published. */
  readonly actions: boolean;
  /** The local stack's URL; null: Google Cloud. */
  readonly local: string | null;
  /** The e-mail address that requests state; null: none. */
  readonly requestedBy?: string | null;
}

export interface Console {
  /** With the token of this start. */
  readonly address: string;
  readonly port: number;
  readonly reader: Reader;
  close(): Promise<void>;
}

const BODY_LIMIT = 16_384;
/** Answers of fewer bytes are sent as they are. */
const GZIP_FROM = 2_048;

/** Listens on loopback alone. Rejects with the system's error where the port is taken. */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { session, local, requestedBy = null } = options;
  const keys = drawKeys();
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    logger: false,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
  });
  const port = () => portOf(app);
  guardSite(app, 'http', () => [`127.0.0.1:${port()}`, `localhost:${port()}`]);
  onlyJson(app);
  answerFailures(app, (error) => explain(error, { config: session.config, local }).text);
  packAnswers(app);
  const reader = openReader(session, local);
  const live = openLive(reader);
  await servePages(app, (token) => (isSame(token, keys.entry) ? cookieOf(keys, port()) : null));
  await app.register(async (data) => {
    serveData(data, { ...options, requestedBy, reader, live, keys, admit: admitCookie(keys, port) });
  });
  await app.listen({ host: '127.0.0.1', port: options.port });
  return {
    address: addressOf(port(), keys),
    port: port(),
    reader,
    async close() {
      live.close();
      await Promise.all([app.close(), reader.close()]);
    },
  };
}

function addressOf(port: number, { entry }: Keys): string {
  return `http://127.0.0.1:${port}/?token=${entry}`;
}

function portOf({ server }: FastifyInstance): number {
  const address: AddressInfo | string | null = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

/** Bodies of other types, which a page may send unasked, have no parser: 415. */
function onlyJson(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain');
}

const packed = promisify(gzip);

function packAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (!/\bgzip\b/.test(String(request.headers['accept-encoding']))) return payload;
    const isText = /javascript|css|svg/.test(String(reply.getHeader('content-type')));
    const isLarge = typeof payload === 'string' && payload.length >= GZIP_FROM;
    const isFile = isText && payload instanceof Readable && reply.statusCode === 200;
    if (!isLarge && !isFile) return payload;
    void reply
      .headers({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
      .removeHeader('content-length');
    if (isLarge) return packed(payload, { level: 4 });
    const gzipped = createGzip({ level: 4 });
    // A file that cannot be read to its end breaks the answer off.
    pipeline(payload, gzipped, () => {});
    return gzipped;
  });
}
