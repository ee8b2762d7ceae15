/** The functions behind the real Functions Framework's HTTP server, on a world in memory. */
import { once } from 'node:events';
import { request, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { vi } from 'vitest';
import { register } from '../../../functions/register.ts';
import { testApp, type TestApp } from '../../support/test-app.ts';

export type FunctionName = 'onArtifact' | 'onRequest' | 'onTick';

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  /** An array sends the header that often. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface Door {
  /** A fresh world behind the door, for the test that is running. */
  fresh(): TestApp;
  send(to: FunctionName, sent: Sent): Promise<Answer>;
  /** What the framework, or anybody else, has printed to the console since the world was fresh. */
  printed(): string[];
  close(): void;
}

export async function openDoor(): Promise<Door> {
  let current: TestApp | null = null;
  const now = (): TestApp => {
    if (current === null) throw new Error('call fresh() first');
    return current;
  };
  register({
    get config() {
      return now().config;
    },
    get world() {
      return now().world;
    },
    get log() {
      return now().app.log;
    },
  });
  const servers = new Map<FunctionName, Server>();
  for (const name of ['onArtifact', 'onRequest', 'onTick'] as const) {
    const server = getTestServer(name).listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.set(name, server);
  }
  const consoles = (['log', 'info', 'warn', 'error'] as const).map((method) =>
    vi.spyOn(console, method).mockReturnValue(undefined),
  );

  return {
    fresh() {
      for (const spy of consoles) spy.mockClear();
      current = testApp();
      return current;
    },
    send: (to, sent) => post(servers.get(to), sent),
    printed: () => consoles.flatMap((spy) => spy.mock.calls.map((call) => call.map(String).join(' '))),
    close() {
      for (const spy of consoles) spy.mockRestore();
      for (const server of servers.values()) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

function post(server: Server | undefined, sent: Sent): Promise<Answer> {
  const address = server?.address();
  if (typeof address !== 'object' || address === null) throw new Error('expected a TCP address');
  const { method = 'POST', path = '/', headers = {}, body } = sent;
  return new Promise((resolve, reject) => {
    const options = { port: address.port, host: '127.0.0.1', method, path, headers, agent: false };
    const outgoing = request(options, (incoming) => {
      const status = incoming.statusCode ?? 0;
      text(incoming).then((answer) => resolve({ status, text: answer }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
