/** A list that costs the same to take from at any length: `Array.shift` moves all that is left. */
export class Deque<T extends object> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  get last(): T | undefined {
    return this.length === 0 ? undefined : this.#items.at(-1);
  }

  push(item: T): void {
    this.#items.push(item);
  }

  pop(): void {
    if (this.length > 0) this.#items.pop();
  }

  shift(): void {
    if (this.length === 0) return;
    // What is taken is not kept alive by its place in the list.
    this.#items[this.#head] = undefined;
    this.#head += 1;
    // Each item is moved at most once for each that was taken: constant on average.
    if (this.#head * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = this.#head; i < this.#items.length; i += 1) {
      const item = this.#items[i];
      if (item !== undefined) yield item;
    }
  }

  /** Keeps the items that pass. */
  filter(passes: (item: T) => boolean): void {
    this.#items = [...this].filter(passes);
    this.#head = 0;
  }
}
