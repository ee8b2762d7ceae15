/**
 * Who may ask the console. A port on loopback is within reach of every web page that the browser shows and of every
 * name that resolves to 127.0.0.1, so the peer's address proves nothing:
 *
 * - `Host` is this server's own, so that no name of a page's own makes answers readable (DNS rebinding);
 * - `Origin`, where there is one, is this server's own, and `Sec-Fetch-Site` says the same; a link from elsewhere may
 *   open a page, which holds no data;
 * - data goes to the holder of the cookie, which the printed address sets once: HttpOnly, SameSite=Strict;
 * - what changes something is a POST of JSON that carries a second token, which only this server's own pages can read.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface Keys {
  /** In the printed address and in the cookie. */
  readonly entry: string;
  /** In the header `x-slipway-token` of every POST. */
  readonly action: string;
}

/** New ones for every start, 256 bits each. */
export function drawKeys(): Keys {
  const draw = () => randomBytes(32).toString('base64url');
  return { entry: draw(), action: draw() };
}

/** Who has asked, where an identity provider has proven it. */
export interface Caller {
  readonly actor: string | null;
}

/** How requests for data prove that they may have it. Null: they may not. */
export type Admit = (request: Pick<FastifyRequest, 'headers'>) => Promise<Caller | null>;

/** A request that is refused, with a sentence for people. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly statusCode: number;

  constructor(statusCode: number, text: string) {
    super(text);
    this.statusCode = statusCode;
  }
}

/** Nothing is loaded from elsewhere, nothing inline runs, and no page frames this one. */
export const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html slipway',
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
} as const;

/** Sets the headers of every answer, and refuses what comes from another site. `hosts`: as `Host` has them. */
export function guardSite(
  app: FastifyInstance,
  scheme: 'http' | 'https',
  hosts: () => readonly string[],
): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(HEADERS);
    const { host = '', origin } = request.headers;
    if (!hosts().includes(host.toLowerCase()))
      throw new Refused(421, `Refused: ${JSON.stringify(host.slice(0, 100))} is not a name of this console.`);
    if (origin !== undefined && origin.toLowerCase() !== `${scheme}://${host}`.toLowerCase())
      throw new Refused(403, 'Refused: requests of other web pages are not answered.');
    const site = request.headers['sec-fetch-site'];
    if (site === undefined || site === 'same-origin' || site === 'none') return;
    if (!opensPage(request)) throw new Refused(403, 'Refused: requests of other web sites are not answered.');
  });
}

/** A link from another site. What it opens asks for its data itself. */
function opensPage({ method, url, headers }: FastifyRequest): boolean {
  const isDocument = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return method === 'GET' && isDocument && !url.startsWith('/api/') && !url.includes('token=');
}

/** The cookie's name carries the port: cookies of a host are those of all its ports. */
export function cookieOf({ entry }: Keys, port: number): string {
  return `slipway_${port}=${entry}; Path=/; HttpOnly; SameSite=Strict`;
}

/** Admits requests with the cookie of this start. */
export function admitCookie({ entry }: Keys, port: () => number): Admit {
  return ({ headers }) => {
    const name = `slipway_${port()}`;
    const cookies = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
    // Every page of this host, on whatever port, may set another one of this name beside it.
    const isLetIn = cookies.some(([key, ...rest]) => key === name && isSame(rest.join('='), entry));
    return Promise.resolve(isLetIn ? { actor: null } : null);
  };
}

/** In a time that does not tell how much of it is right. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Throws a Refused unless the request is JSON of this server's own page. */
export function requireToken({ headers }: FastifyRequest, { action }: Keys): void {
  if (!/^application\/json(?:;|$)/i.test(headers['content-type'] ?? ''))
    throw new Refused(415, 'Refused: expected a body of the type application/json.');
  const token = headers['x-slipway-token'];
  if (typeof token !== 'string' || !isSame(token, action))
    throw new Refused(
      403,
      'Refused: the token of this page is missing or of an earlier start. Load the page again.',
    );
}

/** Answers every failure as JSON: its sentence where it is one of ours, and no more than that it failed otherwise. */
export function answerFailures(app: FastifyInstance, explain: (error: unknown) => string): void {
  app.setErrorHandler(async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const status = statusOf(error);
    // A body nobody reads would be waited for.
    if (request.method === 'POST') void reply.header('connection', 'close');
    return reply.code(status).send({ error: error instanceof Refused ? error.message : explain(error) });
  });
  app.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).send({ error: 'There is no such page.' }),
  );
}

function statusOf(error: unknown): number {
  const status: unknown = Reflect.get(Object(error), 'statusCode');
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 502;
}
