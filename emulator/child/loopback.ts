/**
 * Loaded into the functions and predictors of the local stack before their own code (`node --import`): whatever they
 * listen on, they listen on loopback, and requests of web pages are refused. The Functions Framework has no option
 * for its address, and Vertex AI's contract makes a predictor listen on all of them.
 *
 * With EMULATOR_CALLER, as JSON, calls need a push token of that account, which on Google Cloud is for Cloud Run to see to.
 */
import { Server as HttpServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Server } from 'node:net';

import { refusalOf } from '../core/loopback.ts';
import { refusalOfCall, type Caller } from '../push-token.ts';

const LOOPBACK = '127.0.0.1';
const jsonOnly = process.env['EMULATOR_JSON_ONLY'] === '1';
const caller: Caller | undefined = JSON.parse(process.env['EMULATOR_CALLER'] ?? 'null') ?? undefined;

/** The arguments of `net.Server.listen` with the address replaced; pipes and handles stay as they are. */
function onLoopback([first, ...rest]: readonly unknown[]): unknown[] {
  const callback = rest.findLast((argument) => typeof argument === 'function');
  const more = callback === undefined ? [] : [callback];
  if (typeof first === 'object' && first !== null && 'port' in first)
    return [{ ...first, host: LOOPBACK }, ...more];
  if (typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first))) {
    return [{ port: Number(first), host: LOOPBACK }, ...more];
  }
  return [first, ...rest];
}

const listen: unknown = Reflect.get(Server.prototype, 'listen');
Reflect.set(Server.prototype, 'listen', function (this: Server, ...given: unknown[]) {
  return typeof listen === 'function' && Reflect.apply(listen, this, onLoopback(given));
});

const emit: unknown = Reflect.get(HttpServer.prototype, 'emit');
Reflect.set(HttpServer.prototype, 'emit', function (this: HttpServer, event: string, ...given: unknown[]) {
  const [request, response] = given;
  if (event === 'request' && refuses(request, response)) return true;
  return typeof emit === 'function' && Reflect.apply(emit, this, [event, ...given]);
});

function refuses(request: unknown, response: unknown): boolean {
  if (!isRequest(request) || !isResponse(response)) return false;
  const foreign = refusalOf(request.headers) ?? typeRefusal(request);
  const refusal = foreign === undefined ? callRefusal(request) : { status: 403, reason: foreign };
  if (refusal === null) return false;
  const { status, reason } = refusal;
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${reason}\n`);
  return true;
}

function callRefusal({ headers }: IncomingMessage): { status: number; reason: string } | null {
  if (caller === undefined) return null;
  return refusalOfCall(headers.authorization, caller, Date.now());
}

/** An event is JSON: with `EMULATOR_JSON_ONLY` the types that a page may post without asking are refused. */
function typeRefusal({ method, rawHeaders }: IncomingMessage): string | undefined {
  // As it came: the program may have put another one in its place before this is asked.
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
  const type = at === -1 ? '' : (rawHeaders[at + 1] ?? '');
  if (jsonOnly && method === 'POST' && !/^application\/(?:[a-z0-9.+-]*\+)?json\b/i.test(type)) {
    return `Expected an event of the content type application/json, got "${type}".`;
  }
  return undefined;
}

function isRequest(value: unknown): value is IncomingMessage {
  return typeof value === 'object' && value !== null && 'headers' in value;
}

function isResponse(value: unknown): value is ServerResponse {
  return typeof value === 'object' && value !== null && 'writeHead' in value;
}
