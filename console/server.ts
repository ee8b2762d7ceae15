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
import { admitIap, type Iap } from './iap.ts';
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
  /** For a team, behind Identity-Aware Proxy, in the place of the token: absent on a machine of one's own. */
  readonly team?: Team;
}

export interface Team extends Iap {
  /** The names that the console has, as browsers send them in `Host`. */
  readonly hosts: readonly string[];
}

export interface Console {
  /** With the token of this start, where there is one. */
  readonly address: string;
  readonly port: number;
  readonly reader: Reader;
  close(): Promise<void>;
}

const BODY_LIMIT = 16_384;
/** Answers of fewer bytes are sent as they are. */
const GZIP_FROM = 2_048;

/** Listens on loopback alone; for a team on all addresses, where IAP's token is asked for instead. Rejects with the system's error where the port is taken. */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { session, local, requestedBy = null, team } = options;
  const keys = drawKeys();
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    logger: false,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
  });
  const port = () => portOf(app);
  if (team === undefined) guardSite(app, 'http', () => [`127.0.0.1:${port()}`, `localhost:${port()}`]);
  else guardSite(app, 'https', () => team.hosts);
  onlyJson(app);
  answerFailures(app, (error) => explain(error, { config: session.config, local }).text);
  packAnswers(app);
  const reader = openReader(session, local);
  const live = openLive(reader);
  const admit = team === undefined ? admitCookie(keys, port) : admitIap(team);
  const enter = (token: string) => (isSame(token, keys.entry) ? cookieOf(keys, port()) : null);
  await servePages(app, team === undefined ? enter : null);
  await app.register(async (data) => {
    serveData(data, {
      ...options,
      requestedBy: team === undefined ? requestedBy : null,
      reader,
      live,
      keys,
      admit,
    });
  });
  await app.listen({ host: team === undefined ? '127.0.0.1' : '0.0.0.0', port: options.port });
  return {
    address: team === undefined ? addressOf(port(), keys) : `https://${team.hosts[0]}/`,
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
