/** `gone` is a caller that hung up: nobody reads the answer. */
export type ShedReason = 'not-ready' | 'queue' | 'event-loop' | 'timeout' | 'gone';

/** The server cannot take or finish a request now: answered with 503 and Retry-After. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
  readonly reason: ShedReason;

  constructor(reason: ShedReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface LoadLimits {
  readonly maxQueueRows: number;
  readonly maxQueueBytes: number;
  /** Milliseconds of work that may wait. */
  readonly maxQueueMs: number;
  /** Milliseconds the event loop may run late. */
  readonly maxLoopLagMs: number;
}

export interface Load {
  readonly rows: number;
  readonly bytes: number;
  /** Milliseconds of work that wait. */
  readonly backlogMs: number;
  readonly loopLagMs: number;
}

/** Throws an Overloaded if no more work should be taken. */
export function assertCapacity(load: Load, limits: LoadLimits): void {
  if (load.loopLagMs > limits.maxLoopLagMs) {
    throw new Overloaded('event-loop', 'the server is behind; try again');
  }
  const full = load.rows >= limits.maxQueueRows || load.bytes >= limits.maxQueueBytes;
  if (full || load.backlogMs > limits.maxQueueMs) {
    throw new Overloaded('queue', 'more requests wait for the model than it can answer in time; try again');
  }
}

const BEAT_MS = 100;

/** Milliseconds by which the event loop was late last time it was due. */
export class LoopWatch {
  lagMs = 0;
  #due = performance.now() + BEAT_MS;
  readonly #timer = setInterval(() => {
    const now = performance.now();
    this.lagMs = Math.max(0, now - this.#due);
    this.#due = now + BEAT_MS;
  }, BEAT_MS).unref();

  stop(): void {
    clearInterval(this.#timer);
  }
}
