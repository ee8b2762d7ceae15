/**
 * The files of a job's results. Vertex AI divides the input and writes one file a part, in no order that follows from
 * the input: here parts are stretches of the input, their numbers and the batches within them are shuffled from the
 * seed. A part is written when its last batch is answered, so that memory holds the parts in work alone.
 */
import type { Behaviour } from '../behaviour.ts';
import { csvOf } from './csv.ts';

/** Bytes of the input that one file of results stands for, at most about. */
const PART_BYTES = 16 * 1024 ** 2;

export interface OutputOptions {
  /** `gs://BUCKET/…/prediction-…`. */
  readonly directory: string;
  /** Bytes of the input. */
  readonly inputBytes: number;
  readonly replicas: number;
  readonly random: () => number;
  readonly format: 'jsonl' | 'csv';
  readonly names: Behaviour['batchFileNames'];
  readonly errorFiles: Behaviour['batchErrorFiles'];
  readonly write: (uri: string, content: Buffer) => void;
}

/** The lines of one batch, each with its line end. */
export interface Answered {
  readonly results: string;
  readonly errors: string;
}

interface Part {
  readonly batches: Answered[];
  open: number;
  /** True once the input has gone on beyond it. */
  passed: boolean;
}

export class Output {
  readonly #options: OutputOptions;
  readonly #numbers: readonly number[];
  readonly #parts = new Map<number, Part>();
  #current = 0;
  #errorFiles = 0;

  constructor(options: OutputOptions) {
    this.#options = options;
    const count = Math.max(1, options.replicas, Math.ceil(options.inputBytes / PART_BYTES));
    this.#numbers = shuffled(
      Array.from({ length: count }, (_, index) => index),
      options.random,
    );
  }

  /** A batch that ends at this byte of the input is being answered. Returns what takes its lines. */
  open(end: number): (answered: Answered) => void {
    const count = this.#numbers.length;
    const share = this.#options.inputBytes === 0 ? 0 : (end - 1) / this.#options.inputBytes;
    const index = Math.min(count - 1, Math.floor(share * count));
    while (this.#current < index) this.#pass();
    const part = this.#part(index);
    const place = part.batches.push({ results: '', errors: '' }) - 1;
    part.open += 1;
    return (answered) => {
      part.batches[place] = answered;
      part.open -= 1;
      if (part.passed && part.open === 0) this.#write(index, part);
    };
  }

  /** No further batch comes. */
  end(): void {
    while (this.#current < this.#numbers.length) this.#pass();
  }

  #pass(): void {
    const index = this.#current;
    this.#current += 1;
    const part = this.#part(index);
    part.passed = true;
    if (part.open === 0) this.#write(index, part);
  }

  #part(index: number): Part {
    const found = this.#parts.get(index);
    if (found !== undefined) return found;
    const part: Part = { batches: [], open: 0, passed: false };
    this.#parts.set(index, part);
    return part;
  }

  #write(index: number, { batches }: Part): void {
    const { directory, random, write, errorFiles, format } = this.#options;
    this.#parts.delete(index);
    const order = shuffled(batches, random);
    const file = (lines: string): Buffer => Buffer.from(format === 'csv' ? csvOf(lines) : lines);
    write(`${directory}/${this.#resultsName(index)}`, file(order.map(({ results }) => results).join('')));
    const errors = file(order.map(({ errors }) => errors).join(''));
    if (errors.length > 0 || errorFiles === 'always')
      write(`${directory}/${this.#errorsName(index)}`, errors);
  }

  #resultsName(index: number): string {
    const number = this.#numbers[index] ?? 0;
    const { names, format } = this.#options;
    if (names === 'predictions') return `predictions_${padded(number + 1, 4)}.${format}`;
    return `prediction.results-${padded(number, 5)}-of-${padded(this.#numbers.length, 5)}`;
  }

  #errorsName(index: number): string {
    this.#errorFiles += 1;
    const { names, format } = this.#options;
    if (names === 'predictions') return `errors_${padded(this.#errorFiles, 4)}.${format}`;
    const number = this.#numbers[index] ?? 0;
    return `prediction.errors_stats-${padded(number, 5)}-of-${padded(this.#numbers.length, 5)}`;
  }
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}

/** A copy in an order that follows from `random`. */
function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const places = items.map((item) => ({ item, place: random() }));
  return places.toSorted((a, b) => a.place - b.place).map(({ item }) => item);
}
