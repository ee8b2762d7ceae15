/** Answers what is no HTTP request, or one that no route sees, in the form of all other errors. */
import { STATUS_CODES, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { sendError } from './errors.ts';

interface Refusal {
  readonly code: number;
  readonly status: string;
  readonly message: string;
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: 408,
    status: 'DEADLINE_EXCEEDED',
    message: 'the request took too long to arrive',
  },
  HPE_HEADER_OVERFLOW: {
    code: 431,
    status: 'INVALID_ARGUMENT',
    message: 'expected headers of at most 16384 bytes, got more',
  },
};
const NO_HTTP: Refusal = { code: 400, status: 'INVALID_ARGUMENT', message: 'expected an HTTP/1.1 request' };

/** Answers what Node's parser refuses, and ends the connection. */
export function refuseMalformed(error: Error & { code?: string }, socket: Duplex): void {
  // https://nodejs.org/api/http.html#event-clienterror: nobody is there any more.
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const refusal = REFUSALS[error.code ?? ''] ?? NO_HTTP;
  const body = JSON.stringify({ error: refusal });
  const head = [
    `HTTP/1.1 ${refusal.code} ${STATUS_CODES[refusal.code]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroy(error);
}

/** Answers a URL that the router cannot read. */
export function refuseUrl(_error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const message = 'expected a URL whose %-escapes are UTF-8';
  sendError(reply, { code: 400, status: 'INVALID_ARGUMENT', message });
}

/** Answers an Expect header other than 100-continue. */
export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  send(response, { code: 417, status: 'INVALID_ARGUMENT', message: 'expected no Expect but 100-continue' });
}

/** Answers a request of HTTP/1.1 without a Host, which Node would do without a word. */
export function withHost(listener: RequestListener): RequestListener {
  return (request, response) => {
    if (request.headers.host !== undefined || request.httpVersion !== '1.1') listener(request, response);
    else
      send(response, { code: 400, status: 'INVALID_ARGUMENT', message: 'expected a Host header, got none' });
  };
}

function send(response: ServerResponse, refusal: Refusal): void {
  const headers = { 'content-type': 'application/json; charset=utf-8', connection: 'close' };
  response.writeHead(refusal.code, headers).end(JSON.stringify({ error: refusal }));
}
