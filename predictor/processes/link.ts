/** The side of the channel between processes that serves. */
import type { Task, ToPrimary, ToProcess, Whole } from './messages.ts';

/** What the primary asks of this process. */
export interface Asked {
  /** This process's own page of metrics. */
  page(): string;
  drain(): void;
}

export class Link {
  /** What is to be loaded. */
  readonly task: Promise<Task>;
  /** Resolves when the port may be listened on. */
  readonly portIsFree: Promise<void>;
  #whole: Whole = { state: 'loading', processes: { ready: 0, of: 0 } };
  #asked: Asked | null = null;
  readonly #pages = new Map<number, (text: string) => void>();
  #lastId = 0;

  constructor() {
    const task = Promise.withResolvers<Task>();
    const free = Promise.withResolvers<void>();
    this.task = task.promise;
    this.portIsFree = free.promise;
    process.on('message', (message) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the primary sends nothing else
      const told = message as ToProcess;
      if (told.kind === 'task') task.resolve(told.task);
      else if (told.kind === 'listen') free.resolve();
      else if (told.kind === 'whole') this.#whole = told.whole;
      else if (told.kind === 'drain') this.#asked?.drain();
      else if (told.kind === 'page') {
        this.tell({ kind: 'page', id: told.id, text: this.#asked?.page() ?? '' });
      } else {
        this.#pages.get(told.id)?.(told.text);
        this.#pages.delete(told.id);
      }
    });
  }

  /** From now on, what the primary asks is answered. */
  answer(asked: Asked): void {
    this.#asked = asked;
  }

  get whole(): Whole {
    return this.#whole;
  }

  /** The page of metrics of all processes. The primary answers within a second and a half. */
  pages(): Promise<string> {
    return new Promise((resolve) => {
      this.#lastId += 1;
      this.#pages.set(this.#lastId, resolve);
      this.tell({ kind: 'pages', id: this.#lastId });
    });
  }

  tell(message: ToPrimary): void {
    // Where the primary is gone, Node's cluster ends this process.
    process.send?.(message, () => {});
  }
}
