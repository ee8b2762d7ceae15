/**
 * What waits to be run: batches in the order they were begun, filled up to their bounds by whatever request
 * brings rows of their shape, and ahead of them the slices whose run has to be made again. Taking the next costs
 * the same at any length, and so does leaving out what nobody waits for any more, row by row.
 */
import { Batch, type RowShapes, type Slice } from './batch.ts';
import { Deque } from './deque.ts';
import type { InstanceReader } from './instances.ts';
import { BadInput } from './bad-input.ts';
import type { Job } from './job.ts';
import type { Layout } from './layout.ts';
import type { NumberRows } from './number-rows.ts';
import { Paces } from './pace.ts';
import { shapeOf } from './shape-of.ts';
import { assertTies, tiesOf, type Tie } from './symbols.ts';
import { writeValue } from './write-value.ts';

export interface QueueOptions {
  readonly layout: Layout;
  readonly reader: InstanceReader;
  /** Bounds of one batch. */
  readonly maxBatchRows: number;
  readonly maxBatchBytes: number;
  /** False: no two requests share a batch. */
  readonly shared: boolean;
  readonly nullIsNaN: boolean;
  /** Milliseconds a run may take; infinite: only the bounds count. */
  readonly targetRunMs: number;
}

// One batch runs, one waits, one is being filled.
const SPARE_BATCHES = 3;

export class Queue {
  readonly #options: QueueOptions;
  readonly #fixedShapes: RowShapes;
  readonly #ties: readonly Tie[];
  readonly #hasTexts: boolean;
  readonly #paces: Paces;
  readonly #spare: Batch[] = [];
  /** Batches that take more rows, by their shapes. */
  readonly #open = new Map<string, Batch>();
  readonly #waiting = new Deque<Batch>();
  /** Last come, first run. */
  readonly #again: Slice[] = [];
  /** Batches in which the request that is being added has rows. */
  #touched: Batch[] = [];
  rows = 0;
  bytes = 0;

  constructor(options: QueueOptions) {
    const { layout, maxBatchRows, targetRunMs } = options;
    this.#options = options;
    this.#fixedShapes = layout.inputs.map((input) => input.shape.map((dim) => dim ?? 0));
    this.#ties = tiesOf(layout.inputs);
    this.#hasTexts = layout.inputs.some((input) => input.type.kind === 'string');
    const maxRows = layout.batched ? maxBatchRows : 1;
    this.#paces = new Paces({ maxRows, targetMs: targetRunMs, known: layout.uniform });
  }

  /** What the waiting rows count against the bound of rows: where each is a run of its own, as much as a whole run. */
  get weight(): number {
    return this.#options.layout.batched ? this.rows : this.rows * this.#options.maxBatchRows;
  }

  /** Milliseconds until what waits now would have run, as far as past runs tell. */
  get backlogMs(): number {
    return this.#paces.backlogMs;
  }

  get hasAgain(): boolean {
    return this.#again.length > 0;
  }

  /**
   * Adds a request's instances. Throws a BadInput, and then leaves nothing of the request behind; where errors are of
   * rows, answers the row by it instead.
   */
  add(job: Job, instances: readonly unknown[]): void {
    if (!this.#options.shared) this.#open.clear();
    this.#touched = [];
    try {
      for (let index = 0; index < instances.length; index += 1) {
        if (job.errors === 'row') this.#addOrReject(job, instances[index], index);
        else this.#addRow(job, instances[index], index);
      }
    } catch (error) {
      this.#takeBack(job);
      throw error;
    }
  }

  /** Adds a request's instances, which have the only input's shape. */
  addNumbers(job: Job, { rows, data }: NumberRows): void {
    if (!this.#options.shared) this.#open.clear();
    for (let index = 0; index < rows; index += 1) {
      const batch = this.#openBatch(this.#fixedShapes);
      batch.reserve();
      const [stride = 0] = batch.strides;
      const [memory] = batch.data;
      if (!(memory instanceof Float32Array)) throw new Error('expected an input of float32');
      const to = batch.rows * stride;
      const from = index * stride;
      for (let i = 0; i < stride; i += 1) memory[to + i] = data[from + i] ?? 0;
      batch.commit(job, index, batch.rowBytes);
      this.#count(batch, batch.rowBytes);
    }
  }

  /** Takes out the rows of the next run, if any. `isUnwanted` is asked of each job whose rows are about to run. */
  take(isUnwanted: (job: Job) => boolean): Slice | undefined {
    const again = this.#takeAgain(isUnwanted);
    if (again !== undefined) return again;
    for (let batch = this.#waiting.first; batch !== undefined; batch = this.#waiting.first) {
      if (this.#anyUnwanted(batch, isUnwanted)) this.#forget(batch, batch.dropSettled());
      // It may still be filled: taking from it ends that.
      this.#close(batch);
      const slice = batch.take(batch.pace.limit);
      if (batch.segments.length === 0) this.#waiting.shift();
      if (slice !== null) {
        this.#forget(batch, slice);
        return slice;
      }
      this.#recycle(batch);
    }
    return undefined;
  }

  /** Puts slices whose run failed ahead of all others, the first of them first. */
  putFirst(slices: readonly Slice[]): void {
    for (const slice of slices.toReversed()) {
      this.#again.push(slice);
      this.#remember(slice.batch, slice);
    }
  }

  /** A slice is done: the memory of its batch may be used again. */
  release(slice: Slice): void {
    slice.batch.sliceDone();
    this.#recycle(slice.batch);
  }

  /** Takes out all rows of jobs that are settled. */
  dropSettled(): void {
    for (const batch of this.#waiting) this.#forget(batch, batch.dropSettled());
    this.#waiting.filter((batch) => {
      if (batch.segments.length > 0) return true;
      this.#close(batch);
      this.#recycle(batch);
      return false;
    });
  }

  /** The jobs whose rows wait, some of them several times. */
  *jobs(): Generator<Job> {
    for (const batch of this.#waiting) for (const { job } of batch.segments) yield job;
    for (const slice of this.#again) for (const { job } of slice.segments) yield job;
  }

  #takeAgain(isUnwanted: (job: Job) => boolean): Slice | undefined {
    for (let slice = this.#again.pop(); slice !== undefined; slice = this.#again.pop()) {
      this.#forget(slice.batch, slice);
      // Its rows are where they are: one that anybody wants is run as it is.
      if (slice.segments.some(({ job }) => !isUnwanted(job))) return slice;
      this.release(slice);
    }
    return undefined;
  }

  /** Asks about the rows that the next run would have, and no others: a batch may be cut into many runs. */
  #anyUnwanted(batch: Batch, isUnwanted: (job: Job) => boolean): boolean {
    let rows = batch.pace.limit;
    let any = false;
    for (const segment of batch.segments) {
      if (isUnwanted(segment.job)) any = true;
      else rows -= segment.count;
      if (rows <= 0) break;
    }
    return any;
  }

  #addOrReject(job: Job, instance: unknown, index: number): void {
    try {
      this.#addRow(job, instance, index);
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      this.#dropEmpty();
      job.reject(error, index);
    }
  }

  #addRow(job: Job, instance: unknown, index: number): void {
    const { layout, reader, nullIsNaN } = this.#options;
    const values = reader.values(instance, index);
    const shapes = layout.uniform ? this.#fixedShapes : this.#shapesOf(values, index);
    const batch = this.#openBatch(shapes);
    batch.reserve();
    for (let i = 0; i < layout.inputs.length; i += 1) {
      const input = layout.inputs[i];
      const data = batch.data[i];
      if (input === undefined || data === undefined) continue;
      const at = batch.rows * (batch.strides[i] ?? 0);
      writeValue(values[i], data, at, input, shapes[i] ?? [], index, nullIsNaN);
    }
    const bytes = this.#hasTexts ? batch.rowBytes + textBytes(batch) : batch.rowBytes;
    if (batch.commit(job, index, bytes)) this.#touched.push(batch);
    this.#count(batch, bytes);
  }

  /** A row of so many bytes waits. */
  #count(batch: Batch, bytes: number): void {
    batch.pace.waiting += 1;
    this.rows += 1;
    this.bytes += bytes;
  }

  #shapesOf(values: readonly unknown[], index: number): RowShapes {
    const { inputs } = this.#options.layout;
    const shapes = inputs.map((input, i) => shapeOf(values[i], input, index));
    assertTies(this.#ties, shapes, inputs, index);
    return shapes;
  }

  #openBatch(shapes: RowShapes): Batch {
    const key = this.#options.layout.uniform ? '' : JSON.stringify(shapes);
    const open = this.#open.get(key);
    if (open !== undefined && !open.isFull) return open;
    const { layout, maxBatchRows: maxRows, maxBatchBytes: maxBytes } = this.#options;
    const pace = (elements: number): ReturnType<Paces['of']> => this.#paces.of(elements);
    const batch = this.#spare.pop() ?? new Batch({ layout, shapes, key, maxRows, maxBytes, pace });
    this.#open.set(key, batch);
    this.#waiting.push(batch);
    return batch;
  }

  #close(batch: Batch): void {
    if (this.#open.get(batch.key) === batch) this.#open.delete(batch.key);
  }

  /** The job was the last to add rows: they are the last of their batches, and batches of its own the last of all. */
  #takeBack(job: Job): void {
    for (const batch of this.#touched) this.#forget(batch, batch.uncommit(job));
    this.#dropEmpty();
  }

  /** A batch that was begun for a row that did not fit is the last of all. */
  #dropEmpty(): void {
    for (let last = this.#waiting.last; last?.segments.length === 0; last = this.#waiting.last) {
      this.#waiting.pop();
      this.#close(last);
      this.#recycle(last);
    }
  }

  /** Returns a batch that has run to those whose memory is used again, if it is one of them. */
  #recycle(batch: Batch): void {
    if (!this.#options.layout.uniform || !batch.isDone || this.#spare.length >= SPARE_BATCHES) return;
    batch.clear();
    this.#spare.push(batch);
  }

  #remember(batch: Batch, { rows, bytes }: { rows: number; bytes: number }): void {
    batch.pace.waiting += rows;
    this.rows += rows;
    this.bytes += bytes;
  }

  #forget(batch: Batch, { rows, bytes }: { rows: number; bytes: number }): void {
    this.#remember(batch, { rows: -rows, bytes: -bytes });
  }
}

/** Bytes of the texts in the row that has just been written, beyond what is reckoned for each. */
function textBytes(batch: Batch): number {
  let bytes = 0;
  batch.data.forEach((data, i) => {
    if (!Array.isArray(data)) return;
    const stride = batch.strides[i] ?? 0;
    const at = batch.rows * stride;
    // Two bytes a character is what V8 takes at most.
    for (let index = at; index < at + stride; index += 1) bytes += 2 * (data[index]?.length ?? 0);
  });
  return bytes;
}
