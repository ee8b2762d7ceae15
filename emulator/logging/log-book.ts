/** What the containers of deployed models have written, kept also after they are gone. In memory, bounded. */
import type { LogLine } from '../vertex/container.ts';

export interface LogBookEntry {
  /** `projects/NUMBER/locations/LOCATION/endpoints/ID`. */
  readonly endpoint: string;
  readonly deployedModelId: string;
  /** Counts up: an id may be deployed again. */
  readonly deployment: number;
  readonly line: LogLine;
  /** Counts up, over all logs. */
  readonly number: number;
}

/** Lines kept of each deployed model, how much of each, and deployed models whose lines are kept. */
const keptLines = 1000;
const keptCharacters = 16_384;
const keptLogs = 100;

export class LogBook {
  /** By endpoint and deployed model; the one opened last comes last. */
  readonly #logs = new Map<string, LogBookEntry[]>();
  #opened = 0;
  #written = 0;

  /** Returns what takes the lines. A later deployment of the same id goes on in the same log. */
  open(endpoint: string, deployedModelId: string): (line: LogLine) => void {
    const key = `${endpoint} ${deployedModelId}`;
    const log = this.#logs.get(key) ?? [];
    this.#logs.delete(key);
    this.#logs.set(key, log);
    const [oldest] = this.#logs.keys();
    if (this.#logs.size > keptLogs && oldest !== undefined) this.#logs.delete(oldest);
    this.#opened += 1;
    const deployment = this.#opened;
    return (line) => {
      this.#written += 1;
      const cut = { ...line, text: line.text.slice(0, keptCharacters) };
      log.push({ endpoint, deployedModelId, deployment, line: cut, number: this.#written });
      if (log.length > keptLines) log.shift();
    };
  }

  /** All that is kept, in the order in which it was written. */
  entries(): LogBookEntry[] {
    return [...this.#logs.values()].flat().toSorted((a, b) => a.number - b.number);
  }

  /** What the newest deployment of that id has written. */
  linesOf(deployedModelId: string): LogLine[] {
    const entries = this.entries().filter((entry) => entry.deployedModelId === deployedModelId);
    const newest = Math.max(...entries.map(({ deployment }) => deployment));
    return entries.filter(({ deployment }) => deployment === newest).map(({ line }) => line);
  }
}
