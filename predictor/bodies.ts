/**
 * Reads request bodies. The bodies received at once have a bound in bytes, checked at a body's headers if they say its
 * length, and as it arrives if not: some thousand large bodies that come at the same time are more than any machine
 * has. A body that has stopped arriving gives its place to one that comes.
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { BadInput } from './serve/bad-input.ts';
import { Overloaded } from './serve/overload.ts';

/** The body is larger than the endpoint carries. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** What becomes of a body: as the function that a parser of Fastify's is given. */
export type Done = (error: Error | null, body?: unknown) => void;
/** Takes a body, which is UTF-8, and has it `done`. Its bytes count until `release` is called. */
export type TakeBytes = (bytes: Buffer, done: Done, release: () => void) => void;

/** Bodies up to this many bytes are always let in: the number of connections bounds them. */
const SMALL_BODY = 16_384;
/** Milliseconds without a byte after which a body gives way to others. */
const STALLED_MS = 2000;
// Codings are the caller's word: repeated only if they look like one.
const CODING = /^[\w-]{1,20}$/;

export class Bodies {
  readonly #maxBytes: number;
  readonly #large = new Set<Reading>();
  /** Of one body. */
  readonly maxBodyBytes: number;
  readonly take: TakeBytes;
  /** Bytes of the large bodies that are being received. */
  bytes = 0;

  /** `maxBytes`: of all large bodies. */
  constructor(maxBytes: number, maxBodyBytes: number, take: TakeBytes) {
    this.take = take;
    this.#maxBytes = Math.max(maxBytes, maxBodyBytes);
    this.maxBodyBytes = maxBodyBytes;
  }

  /** Reads a body to its end, and has it taken, or done with an error. What is refused is not kept. */
  read(stream: IncomingMessage, done: Done): void {
    new Reading(this, stream, done).start();
  }

  /** True if there is room for the body to have so many bytes. */
  reserve(reading: Reading, bytes: number): boolean {
    const more = bytes - reading.reserved;
    if (more <= 0) return true;
    if (this.bytes + more > this.#maxBytes) this.#endStalled(reading);
    if (this.bytes + more > this.#maxBytes) return false;
    this.#large.add(reading);
    reading.reserved = bytes;
    this.bytes += more;
    return true;
  }

  release(reading: Reading): void {
    this.#large.delete(reading);
    this.bytes -= reading.reserved;
    reading.reserved = 0;
  }

  #endStalled(beside: Reading): void {
    const before = performance.now() - STALLED_MS;
    for (const reading of this.#large) {
      if (reading !== beside && reading.isReceiving && reading.movedAt < before) reading.end(noRoom());
    }
  }
}

/** One body that is being read. */
class Reading {
  /** Bytes that are reckoned for it, of those of all. */
  reserved = 0;
  isReceiving = true;
  /** When the last of it came, in milliseconds of performance.now(). */
  movedAt = 0;
  readonly #bodies: Bodies;
  readonly #stream: IncomingMessage;
  readonly #done: Done;
  readonly #chunks: Buffer[] = [];
  #received = 0;

  constructor(bodies: Bodies, stream: IncomingMessage, done: Done) {
    this.#bodies = bodies;
    this.#stream = stream;
    this.#done = done;
  }

  start(): void {
    const fault = this.#faultAtHeaders();
    if (fault !== null) this.end(fault);
    else this.#stream.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError);
  }

  /** Refuses the body. */
  end(error: Error): void {
    this.#leave();
    this.#bodies.release(this);
    this.#chunks.length = 0;
    // What else comes is received, since the caller would not read the answer before, and forgotten.
    this.#stream.on('error', () => {}).resume();
    this.#done(error);
  }

  #faultAtHeaders(): Error | null {
    const { 'content-encoding': coding = 'identity' } = this.#stream.headers;
    const declared = this.#declared;
    if (declared !== null && declared > this.#bodies.maxBodyBytes) return new BodyTooLarge();
    if (coding !== 'identity') {
      const name = CODING.test(coding) ? ` (${coding})` : '';
      return new BadInput({}, 'a JSON body', `a compressed one${name}`, 'send it without content-encoding');
    }
    return declared === null || this.#hasRoomFor(declared) ? null : noRoom();
  }

  #onData = (chunk: Buffer | string): void => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    this.#received += bytes.length;
    if (this.#received > this.#bodies.maxBodyBytes) this.end(new BodyTooLarge());
    else if (this.#hasRoomFor(this.#received)) this.#chunks.push(bytes);
    else this.end(noRoom());
  };

  #onEnd = (): void => {
    this.#leave();
    const first = this.#chunks[0];
    const bytes =
      first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#received);
    const fault = this.#faultOf(bytes);
    if (fault !== null) {
      this.#bodies.release(this);
      this.#done(fault);
      return;
    }
    const release = this.reserved === 0 ? nothing : (): void => this.#bodies.release(this);
    this.#bodies.take(bytes, this.#done, release);
  };

  #onError = (): void => {
    this.end(new BadInput({}, 'a whole body', 'a part of one'));
  };

  #faultOf(bytes: Buffer): Error | null {
    const declared = this.#declared;
    if (declared !== null && declared !== bytes.length) {
      return new BadInput({}, `a body of ${declared} bytes, as content-length says`, `${bytes.length}`);
    }
    return isUtf8(bytes) ? null : new BadInput({}, 'a JSON body in UTF-8', nameOf(bytes));
  }

  get #declared(): number | null {
    const { 'content-length': length } = this.#stream.headers;
    return length === undefined ? null : Number(length);
  }

  #hasRoomFor(bytes: number): boolean {
    if (bytes <= SMALL_BODY && this.reserved === 0) return true;
    this.movedAt = performance.now();
    return this.#bodies.reserve(this, bytes);
  }

  #leave(): void {
    this.isReceiving = false;
    this.#stream.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError);
  }
}

function nothing(): void {}

function noRoom(): Overloaded {
  return new Overloaded('bodies', 'the server is receiving as much as it has room for; try again');
}

/** What bytes are that are no UTF-8, as far as their first ones tell. */
function nameOf(bytes: Buffer): string {
  const [first, second] = bytes;
  if (first === 0x1f && second === 0x8b) return 'a compressed one (gzip)';
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return 'UTF-16';
  return 'bytes that are none';
}
