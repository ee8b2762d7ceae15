/**
 * One TCP port for HTTP/1.1 and gRPC without TLS. Every HTTP/2 connection opens with the preface
 * `PRI * HTTP/2.0` (RFC 9113, section 3.4), which no HTTP/1.1 method is like: its first bytes decide.
 */
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';

export interface PortOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly http: HttpServer;
  /** Takes an HTTP/2 connection. Called first when there is one, so nothing of gRPC is loaded before. */
  readonly grpc: (socket: Socket) => Promise<void>;
}

export interface Port {
  readonly port: number;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

export async function openPort(options: PortOptions): Promise<Port> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that went away is no concern of ours; requests in progress hear of it themselves.
    socket.on('error', () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      if (first.toString('latin1', 0, 3) === 'PRI') {
        options.grpc(socket).then(
          () => socket.resume(),
          (error: Error) => socket.destroy(error),
        );
        return;
      }
      options.http.emit('connection', socket);
      socket.resume();
    });
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  return {
    port: address.port,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
  };
}
