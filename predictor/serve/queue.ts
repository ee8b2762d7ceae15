/**
 * What waits to be run: batches in the order they were begun, filled up to their bounds by whatever request
 * brings rows of their shape.
 */
import { Batch, type RowShapes } from './batch.ts';
import type { InstanceReader } from './instances.ts';
import type { Job } from './job.ts';
import type { Layout } from './layout.ts';
import { shapeOf, writeValue } from './write-value.ts';

export interface QueueOptions {
  readonly layout: Layout;
  readonly reader: InstanceReader;
  /** Bounds of one batch. */
  readonly maxBatchRows: number;
  readonly maxBatchBytes: number;
  /** False: no two requests share a batch. */
  readonly shared: boolean;
  readonly nullIsNaN: boolean;
}

// One batch runs, one waits, one is being filled.
const SPARE_BATCHES = 3;
// Batches that have been taken and are kept in the list all the same, so that it is seldom moved.
const LONGEST_TAIL = 10_000;

export class Queue {
  readonly #options: QueueOptions;
  readonly #fixedShapes: RowShapes;
  readonly #spare: Batch[] = [];
  /** Batches that take more rows, by their shapes. */
  readonly #open = new Map<string, Batch>();
  #waiting: Batch[] = [];
  /** Where in `#waiting` the batch is that waits longest: taking it must cost the same at any length. */
  #head = 0;
  rows = 0;
  bytes = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#fixedShapes = options.layout.inputs.map((input) => input.shape.map((dim) => dim ?? 0));
  }

  /** Adds a request's instances. Throws a BadInput, and then leaves nothing of the request behind. */
  add(job: Job, instances: readonly unknown[]): void {
    if (!this.#options.shared) this.#open.clear();
    try {
      for (let index = 0; index < instances.length; index += 1) this.#addRow(job, instances[index], index);
    } catch (error) {
      this.#remove(job);
      throw error;
    }
  }

  /** Takes out the batch that waited longest, if any. */
  take(): Batch | undefined {
    const batch = this.#waiting[this.#head];
    if (batch === undefined) return undefined;
    this.#head += 1;
    if (this.#head === this.#waiting.length || this.#head > LONGEST_TAIL) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    this.#close(batch);
    this.rows -= batch.rows;
    this.bytes -= batch.rows * batch.rowBytes;
    return batch;
  }

  /** Puts batches ahead of all others. They take no more rows. */
  putFirst(batches: readonly Batch[]): void {
    this.#waiting.splice(0, this.#head, ...batches);
    this.#head = 0;
    for (const batch of batches) {
      this.rows += batch.rows;
      this.bytes += batch.rows * batch.rowBytes;
    }
  }

  /** Returns a batch that has run, so that its memory is used again. */
  recycle(batch: Batch): void {
    if (!this.#options.layout.uniform || batch.isCut || this.#spare.length >= SPARE_BATCHES) return;
    batch.clear();
    this.#spare.push(batch);
  }

  #addRow(job: Job, instance: unknown, index: number): void {
    const { layout, reader, nullIsNaN } = this.#options;
    const values = reader.values(instance, index);
    const shapes = layout.uniform
      ? this.#fixedShapes
      : layout.inputs.map((input, i) => shapeOf(values[i], input, index));
    const batch = this.#openBatch(shapes);
    batch.reserve();
    for (let i = 0; i < layout.inputs.length; i += 1) {
      const input = layout.inputs[i];
      const data = batch.data[i];
      if (input === undefined || data === undefined) continue;
      const at = batch.rows * (batch.strides[i] ?? 0);
      writeValue(values[i], data, at, input, shapes[i] ?? [], index, nullIsNaN);
    }
    batch.commit(job, index);
    this.rows += 1;
    this.bytes += batch.rowBytes;
  }

  #openBatch(shapes: RowShapes): Batch {
    const key = this.#options.layout.uniform ? '' : JSON.stringify(shapes);
    const open = this.#open.get(key);
    if (open !== undefined && !open.isFull) return open;
    const { layout, maxBatchRows: rows, maxBatchBytes: bytes } = this.#options;
    const batch = this.#spare.pop() ?? new Batch(layout, shapes, { rows, bytes });
    this.#open.set(key, batch);
    this.#waiting.push(batch);
    return batch;
  }

  #close(batch: Batch): void {
    for (const [key, open] of this.#open) if (open === batch) this.#open.delete(key);
  }

  /** The job was the last to add rows: its segments are the last ones of their batches. */
  #remove(job: Job): void {
    for (const batch of this.#waiting.slice(this.#head)) {
      while (batch.segments.at(-1)?.job === job) {
        const segment = batch.segments.pop();
        if (segment === undefined) break;
        batch.rows -= segment.count;
        this.rows -= segment.count;
        this.bytes -= segment.count * batch.rowBytes;
      }
      if (batch.rows === 0) this.#close(batch);
    }
    this.#waiting = this.#waiting.filter((batch, i) => i >= this.#head && batch.rows > 0);
    this.#head = 0;
  }
}
