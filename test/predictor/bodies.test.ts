import { PassThrough } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Bodies } from '../../predictor/bodies.ts';

const ONE = 100_000;
const ALL = 250_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Sent {
  readonly stream: PassThrough;
  /** The length of its text, or why it was refused; undefined while neither is known. */
  readonly result: () => number | string | undefined;
  readonly release: () => void;
}

const releases = new Map<unknown, () => void>();

function bodiesOf(): Bodies {
  return new Bodies(ALL, ONE, (read, done, release) => {
    done(null, read.length);
    releases.set(done, release);
  });
}

/** A request whose body is being read. `declared`: its content-length; null: it comes in chunks. */
function send(bodies: Bodies, declared: number | null): Sent {
  const stream = new PassThrough();
  const headers = declared === null ? {} : { 'content-length': String(declared) };
  let result: number | string | undefined;
  const done = (error: Error | null, length?: unknown): void => {
    result = error === null ? Number(length) : `${error.name}: ${error.message}`;
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as much of a request as is looked at
  bodies.read(Object.assign(stream, { headers }) as unknown as IncomingMessage, done);
  return { stream, result: () => result, release: () => releases.get(done)?.() };
}

const text = (length: number): Buffer => Buffer.alloc(length, 'x');
const NO_ROOM = /^Overloaded: the server is receiving as much as it has room for/;

describe('bodies being received', () => {
  test('have a bound, at their headers; one that is done makes room', async () => {
    const bodies = bodiesOf();
    const [first, second] = [send(bodies, ONE), send(bodies, ONE)];
    const third = send(bodies, ONE);
    expect(third.result()).toMatch(NO_ROOM);
    expect(bodies.bytes).toBe(2 * ONE);

    first.stream.end(text(ONE));
    await vi.waitFor(() => expect(first.result()).toBe(ONE), 20_000);
    // Until its values are read, its text is there.
    expect(send(bodies, ONE).result()).toMatch(NO_ROOM);
    first.release();
    const fourth = send(bodies, ONE);
    for (const { stream } of [second, fourth]) stream.end(text(ONE));
    await vi.waitFor(() => expect([second.result(), fourth.result()]).toEqual([ONE, ONE]), 20_000);
    for (const { release } of [second, fourth]) release();
    expect(bodies.bytes).toBe(0);
  });

  test('that do not say their length count as they arrive', async () => {
    const bodies = bodiesOf();
    const sent = [send(bodies, null), send(bodies, null), send(bodies, null)];
    expect(bodies.bytes).toBe(0);
    for (const { stream } of sent) stream.write(text(90_000));
    await vi.waitFor(() => expect(sent[2]?.result()).toMatch(NO_ROOM), 20_000);
    expect(bodies.bytes).toBe(180_000);
    for (const { stream } of sent) stream.end();
    await vi.waitFor(
      () => expect(sent.map(({ result }) => result())).toEqual([90_000, 90_000, expect.anything()]),
      20_000,
    );
  });

  test('that are small are always let in', async () => {
    const bodies = bodiesOf();
    send(bodies, ONE);
    send(bodies, ONE);
    send(bodies, 40_000);
    const [small, chunked] = [send(bodies, 16_000), send(bodies, null)];
    for (const { stream } of [small, chunked]) stream.end(text(16_000));
    await vi.waitFor(() => expect([small.result(), chunked.result()]).toEqual([16_000, 16_000]), 20_000);
    expect(bodies.bytes).toBe(2 * ONE + 40_000);
  });

  test('that stall give way, and those that arrive do not', async () => {
    const bodies = bodiesOf();
    const [stalled, slow] = [send(bodies, ONE), send(bodies, ONE)];
    stalled.stream.write(text(10));
    vi.advanceTimersByTime(1500);
    slow.stream.write(text(10));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    vi.advanceTimersByTime(1500);
    const next = send(bodies, ONE);
    expect(stalled.result()).toMatch(NO_ROOM);
    for (const { stream } of [slow, next]) stream.end(text(ONE).subarray(stream === slow.stream ? 10 : 0));
    await vi.waitFor(() => expect([slow.result(), next.result()]).toEqual([ONE, ONE]), 20_000);
  });

  test.each([
    {
      name: 'breaks off',
      end: (stream: PassThrough) => stream.destroy(new Error('aborted')),
      result: /^BadInput: .*got a part of one$/,
    },
    {
      name: 'is shorter than it says',
      end: (stream: PassThrough) => stream.end(text(10)),
      result: /^BadInput: .* as content-length says, got 10$/,
    },
    {
      name: 'is too large after all',
      end: (stream: PassThrough) => stream.end(text(ONE + 1)),
      result: /^BodyTooLarge/,
    },
    {
      name: 'is no UTF-8',
      end: (stream: PassThrough) => stream.end(Buffer.alloc(ONE, 0xff)),
      result: /got bytes that are none$/,
    },
  ])('one that $name leaves nothing behind', async ({ end, result }) => {
    const bodies = bodiesOf();
    const sent = send(bodies, ONE);
    end(sent.stream);
    await vi.waitFor(() => expect(sent.result()).toMatch(result), 20_000);
    expect(bodies.bytes).toBe(0);
  });

  test('one that says it is too large is refused before it comes', () => {
    const bodies = bodiesOf();
    expect(send(bodies, ONE + 1).result()).toMatch(/^BodyTooLarge/);
    expect(bodies.bytes).toBe(0);
  });
});
