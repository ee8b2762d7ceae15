/** What happened when, for people: the latest entries, and those around a moment. Bounded. */
const MOST = 20_000;

export interface Entry {
  readonly at: number;
  readonly text: string;
}

export class Journal {
  readonly #startedAt: number;
  readonly #everything: ((line: string) => void) | undefined;
  #entries: Entry[] = [];

  /** `everything` gets each line, also those that are only details. */
  constructor(startedAt: number, everything?: (line: string) => void) {
    this.#startedAt = startedAt;
    this.#everything = everything;
  }

  note(text: string, at = Date.now()): void {
    this.detail(text, at);
    this.#entries.push({ at, text });
    if (this.#entries.length > MOST) this.#entries = this.#entries.slice(MOST / 10);
  }

  /** What is too much to be kept. */
  detail(text: string, at = Date.now()): void {
    this.#everything?.(this.line({ at, text }));
  }

  /** Up to `most` lines of what happened within `withinMs` before the moment and a third of that after it. */
  around(at: number, withinMs = 60_000, most = 40): string[] {
    const near = this.#entries.filter((entry) => entry.at >= at - withinMs && entry.at <= at + withinMs / 3);
    const nearest = near
      .toSorted((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at))
      .slice(0, most)
      .toSorted((a, b) => a.at - b.at);
    return nearest.map((entry) => this.line(entry));
  }

  line({ at, text }: Entry): string {
    return `${this.minute(at)}  ${text}`;
  }

  /** `12:07.3`: minutes, seconds since the start. */
  minute(at: number): string {
    const seconds = (at - this.#startedAt) / 1000;
    const minutes = Math.floor(seconds / 60);
    return `${minutes}:${(seconds - minutes * 60).toFixed(1).padStart(4, '0')}`;
  }
}
