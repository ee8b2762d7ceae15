/**
 * Servers that run already as the containers of jobs: each job meets a warm one, and its CPU can be read. An image is
 * named as its server.
 */
import { Agent, request } from 'node:http';
import type { Container, ContainerRuntime, HttpAnswer } from '../../emulator/vertex/container.ts';
import type { Subject } from '../predictor/subject.ts';

export function subjectsRuntime(subjects: ReadonlyMap<string, Subject>): ContainerRuntime {
  return {
    has: (imageUri) => subjects.has(imageUri),
    async start({ imageUri }) {
      const subject = subjects.get(imageUri);
      if (subject === undefined) throw new Error(`no server ${imageUri}`);
      return new SubjectContainer(subject.port);
    },
    async close() {},
  };
}

class SubjectContainer implements Container {
  readonly exited: Promise<string>;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });
  #end: (how: string) => void = () => {};

  constructor(port: number) {
    this.#port = port;
    this.exited = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  request({ method, path, body }: Parameters<Container['request']>[0]): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': body?.length ?? 0 };
      const sent = request({
        host: '127.0.0.1',
        port: this.#port,
        agent: this.#agent,
        method,
        path,
        headers,
      });
      sent.once('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('end', () =>
          resolve({ status: incoming.statusCode ?? 0, contentType: '', body: Buffer.concat(chunks) }),
        );
      });
      sent.once('error', reject);
      sent.end(body);
    });
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    this.#end('stopped');
  }
}
