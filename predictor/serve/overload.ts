/** `gone` is a caller that hung up: nobody reads the answer. `connections` are refused unanswered. */
export type ShedReason = 'not-ready' | 'queue' | 'event-loop' | 'timeout' | 'gone' | 'bodies' | 'connections';

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

/**
 * How long the present turn of the event loop has been taking requests in. Ends with the turn: what held the loop up
 * before, such as a run, is no reason to refuse the next request.
 */
export class LoopWatch {
  /** When the turn's first request was taken in, in milliseconds of performance.now(); 0: none was. */
  #since = 0;

  /** Notes a request, and tells how many milliseconds after the turn's first it comes. */
  enter(): number {
    const now = performance.now();
    if (this.#since > 0) return now - this.#since;
    this.#since = now;
    setImmediate(this.leave);
    return 0;
  }

  /** The turn is over. */
  leave = (): void => {
    this.#since = 0;
  };
}
