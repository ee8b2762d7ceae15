/**
 * TickContext request bodies over as the bytes they are. The Functions Framework (5.0.5) parses a body before it asks the
 * function, and what it cannot parse it answers itself: 400, a stack trace that quotes the body in the log, and so a
 * message that is delivered fifty times. It inflates, too, whatever claims to be compressed. Of bytes it takes every
 * kind, and the function says what is wrong with them (push-message.ts).
 */
import { subscribe } from 'node:diagnostics_channel';
import { IncomingMessage } from 'node:http';

/** For a process that serves nothing but functions: every HTTP server in it is affected. */
export function takeBodiesAsBytes(): void {
  // https://nodejs.org/api/diagnostics_channel.html#event-httpserverrequeststart
  subscribe('http.server.request.start', (event) => {
    const request: unknown = Reflect.get(Object(event), 'request');
    if (!(request instanceof IncomingMessage)) return;
    request.headers['content-type'] = 'application/octet-stream';
    // Google sends nothing compressed; what is, is not inflated.
    delete request.headers['content-encoding'];
  });
}
