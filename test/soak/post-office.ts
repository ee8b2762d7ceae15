/**
 * Stands between Pub/Sub's push and the functions, and delivers as Pub/Sub may: a message twice, late, out of order,
 * again after it was acknowledged. Ticks are shared between the instances of onTick.
 */
import { once } from 'node:events';
import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../support/random.ts';

/** Copies of messages that wait for their second delivery. */
const AGAIN_MAX = 200;

/** As long as Pub/Sub waits for an answer. */
const PATIENCE_MS = 600_000;

/** Shares of the messages, from 0 to 1. */
export interface Handling {
  /** To both instances at once. */
  readonly twice: number;
  readonly toSecond: number;
  readonly late: number;
  readonly again: number;
  readonly latestMs: number;
}

/** `latestMs`: how late a message may come; one that comes again may come three times as late. */
export function handling(latestMs: number): Handling {
  return { twice: 0.15, toSecond: 0.25, late: 0.08, again: 0.08, latestMs };
}

/**
 * Requests at a time of one instance, as in terraform/modules/slipway/functions.tf. Cloud Run answers 429 beyond
 * them when there are no more instances.
 */
const CONCURRENCY: Readonly<Record<string, number>> = { onArtifact: 8, onRequest: 8, onTick: 100 };

interface Letter {
  readonly name: string;
  readonly to: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export class PostOffice {
  readonly url: string;
  /** Deliveries that Pub/Sub did not ask for so, by kind. */
  readonly counts = { twice: 0, late: 0, again: 0, tooMany: 0, deliveries: 0 };
  /** Functions that are frozen: their instance gets no message while another one runs. */
  readonly frozen = new Set<string>();
  /** Null: as Pub/Sub delivers when all is well. */
  handling: Handling | null = null;
  readonly #server: Server;
  readonly #instances: ReadonlyMap<string, readonly string[]>;
  readonly #chance: Chance;
  readonly #closing = new AbortController();
  readonly #pending = new Set<Promise<unknown>>();
  /** Requests that each instance has now. */
  readonly #inside = new Map<string, number>();

  /** `instances`: where each function answers, the first one first. */
  static async open(instances: ReadonlyMap<string, readonly string[]>, chance: Chance): Promise<PostOffice> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new PostOffice(server, instances, chance);
  }

  private constructor(server: Server, instances: ReadonlyMap<string, readonly string[]>, chance: Chance) {
    this.#server = server;
    this.#instances = instances;
    this.#chance = chance;
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
    this.url = `http://127.0.0.1:${address.port}`;
    server.on('request', (incoming, response) => {
      const name = (incoming.url ?? '').slice(1);
      const done = this.#take(name, incoming).then(
        (status) => response.writeHead(status).end(),
        () => response.writeHead(502).end(),
      );
      this.#pending.add(done);
      void done.finally(() => this.#pending.delete(done));
    });
  }

  /** Second deliveries that are still to come, and messages without an answer. */
  get waiting(): number {
    return this.#pending.size;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#server.close();
    this.#server.closeAllConnections();
    await Promise.allSettled(this.#pending);
  }

  async #take(name: string, incoming: IncomingMessage): Promise<number> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { headers } = incoming;
    const letter = (to: string): Letter => ({ name, to, headers, body: Buffer.concat(chunks) });
    const [first = '', second = first] = this.#instances.get(name) ?? [];
    this.counts.deliveries += 1;
    if (this.handling === null) return this.#deliver(letter(first));

    const { twice, toSecond, late, again, latestMs } = this.handling;
    const to = this.frozen.has(first) || this.#chance.chance('to second', toSecond) ? second : first;
    if (this.#chance.chance('again', again) && this.#pending.size < AGAIN_MAX)
      this.#deliverAgain(letter(to), latestMs);
    if (this.#chance.chance('late', late)) {
      this.counts.late += 1;
      await this.#sleep(this.#chance.between('how late', 500, latestMs));
    }
    if (second !== first && this.#chance.chance('twice', twice)) {
      this.counts.twice += 1;
      const other = to === first ? second : first;
      const [status] = await Promise.all([this.#deliver(letter(to)), this.#deliver(letter(other))]);
      return status;
    }
    return this.#deliver(letter(to));
  }

  /** The message was acknowledged, or not; either way it comes once more. */
  #deliverAgain(letter: Letter, latestMs: number): void {
    this.counts.again += 1;
    const afterMs = this.#chance.between('how much later', 500, latestMs * 3);
    const done = this.#sleep(afterMs).then(() => this.#deliver(letter));
    this.#pending.add(done);
    void done.finally(() => this.#pending.delete(done)).catch(() => {});
  }

  /** The status of the answer: 429 if too many are in the instance already, 502 if there is none. */
  async #deliver(letter: Letter): Promise<number> {
    const { to, name } = letter;
    const inside = this.#inside.get(to) ?? 0;
    if (inside >= (CONCURRENCY[name] ?? 1)) {
      this.counts.tooMany += 1;
      return 429;
    }
    this.#inside.set(to, inside + 1);
    try {
      return await this.#send(letter);
    } finally {
      this.#inside.set(to, (this.#inside.get(to) ?? 1) - 1);
    }
  }

  #send({ to, headers, body }: Letter): Promise<number> {
    return new Promise((resolve) => {
      const { 'content-length': _, 'transfer-encoding': __, host: ___, connection: ____, ...kept } = headers;
      const outgoing = request(
        to,
        {
          method: 'POST',
          headers: { ...kept, 'content-length': body.length },
          agent: false,
          signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(PATIENCE_MS)]),
        },
        (answer) => {
          answer.resume();
          answer.once('error', () => resolve(502));
          answer.once('end', () => resolve(answer.statusCode ?? 502));
        },
      );
      outgoing.once('error', () => resolve(502));
      outgoing.end(body);
    });
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#closing.signal });
  }
}
