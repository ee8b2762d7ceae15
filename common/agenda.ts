/** Virtual time: a heap of what is to happen when. What is planned for the same instant keeps its order. */
interface Entry {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

export class Agenda {
  readonly #heap: Entry[] = [];
  #order = 0;
  /** Milliseconds since the Unix epoch, by the clock of Google. */
  now: number;

  constructor(start: number) {
    this.now = start;
  }

  at(time: number, happen: () => void): void {
    const entry = { at: Math.max(time, this.now), order: (this.#order += 1), happen };
    const heap = this.#heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  after(ms: number, happen: () => void): void {
    this.at(this.now + ms, happen);
  }

  /** When the next thing happens, or null if nothing will. */
  peek(): number | null {
    return this.#heap[0]?.at ?? null;
  }

  /** Lets the next thing happen. False: nothing is left. */
  step(): boolean {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return false;
    if (first !== last) this.#sink(last);
    this.now = first.at;
    first.happen();
    return true;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let i = 0;
    for (;;) {
      const left = heap[2 * i + 1];
      if (left === undefined) break;
      const right = heap[2 * i + 2];
      const useRight = right !== undefined && isBefore(right, left);
      const child = useRight ? right : left;
      if (!isBefore(child, entry)) break;
      heap[i] = child;
      i = 2 * i + (useRight ? 2 : 1);
    }
    heap[i] = entry;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at !== b.at ? a.at < b.at : a.order < b.order;
}
