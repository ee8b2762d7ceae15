/**
 * What the server is doing, as the health route tells it. Vertex sends traffic only while that route answers
 * 200, so `ready` is the one state that does.
 */
export const STATES = ['starting', 'loading', 'checking', 'ready', 'draining', 'failed'] as const;
export type State = (typeof STATES)[number];

const NEXT: Readonly<Record<State, readonly State[]>> = {
  starting: ['loading', 'draining', 'failed'],
  loading: ['checking', 'draining', 'failed'],
  checking: ['ready', 'draining', 'failed'],
  ready: ['draining', 'failed'],
  draining: ['failed'],
  failed: [],
};

export class Health {
  #state: State = 'starting';

  get state(): State {
    return this.#state;
  }

  /** False if something else has come in between, such as a drain. */
  mayEnter(state: State): boolean {
    return NEXT[this.#state].includes(state);
  }

  /** Moves on; a server may fail in several ways. Throws if the new state cannot follow the present one. */
  enter(state: State): void {
    if (state === 'failed' && this.#state === 'failed') return;
    if (!this.mayEnter(state)) {
      throw new Error(`expected a state that follows ${this.#state}, got ${state}`);
    }
    this.#state = state;
  }
}
