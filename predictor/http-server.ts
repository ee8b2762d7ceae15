/** Node's HTTP server with its bounds: how long a request may take to arrive, how many connections there may be. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Config } from './config.ts';
import { refuseExpectation, withHost } from './malformed.ts';

const HEADERS_TIMEOUT_MS = 60_000;
const SLOW_CHECK_MS = 5000;

export function createHttpServer(config: Config, listener: RequestListener): Server {
  const { timeoutMs, maxConnections } = config;
  const options = {
    // A caller that sends its request this slowly has given up on the answer; one that stalls holds no place.
    requestTimeout: timeoutMs,
    // Node enforces neither timeout if the one for headers is the longer.
    headersTimeout: Math.min(timeoutMs, HEADERS_TIMEOUT_MS),
    connectionsCheckingInterval: Math.min(timeoutMs, SLOW_CHECK_MS),
    // Longer than Google's front ends keep an idle connection (600 s), so that none is closed under a request.
    keepAliveTimeout: 620_000,
    // Checked by withHost, which says so.
    requireHostHeader: false,
  };
  const server = createServer(options, withHost(listener));
  server.maxConnections = maxConnections;
  return server.on('checkExpectation', refuseExpectation);
}
