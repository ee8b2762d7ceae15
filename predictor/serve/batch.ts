/**
 * Rows of one shape that will run together, already in the memory the model reads, and whose they are.
 */
import type { Tensor } from '../model/runtime.ts';
import type { TensorData } from '../model/tensor-types.ts';
import type { Job } from './job.ts';
import type { Layout } from './layout.ts';

/** `count` rows of a batch from `at` on, which are the job's instances from `from` on. */
export interface Segment {
  readonly job: Job;
  readonly from: number;
  at: number;
  count: number;
}

/** The shapes of one instance's parts, one an input. */
export type RowShapes = readonly (readonly number[])[];

export class Batch {
  readonly layout: Layout;
  readonly shapes: RowShapes;
  /** Elements of one row, one an input. */
  readonly strides: readonly number[];
  /** Bytes of one row. */
  readonly rowBytes: number;
  readonly maxRows: number;
  data: TensorData[];
  rows = 0;
  segments: Segment[] = [];
  /** True if it has memory for its own rows only, and so cannot be used again. */
  isCut = false;
  #capacity: number;
  #feeds: readonly Tensor[] = [];
  /** The rows `#feeds` is made for, or -1. */
  #fedRows = -1;

  constructor(layout: Layout, shapes: RowShapes, limits: { rows: number; bytes: number }) {
    this.layout = layout;
    this.shapes = shapes;
    this.strides = shapes.map((shape) => shape.reduce((product, dim) => product * dim, 1));
    this.rowBytes = layout.inputs.reduce(
      (sum, input, i) => sum + input.type.bytes * (this.strides[i] ?? 0),
      0,
    );
    const fitting = Math.floor(limits.bytes / Math.max(1, this.rowBytes));
    this.maxRows = layout.batched ? Math.max(1, Math.min(limits.rows, fitting)) : 1;
    // All rows at once where every batch looks like this one and its memory is used again.
    this.#capacity = layout.uniform ? this.maxRows : 1;
    this.data = layout.inputs.map((input, i) => input.type.allocate(this.#capacity * (this.strides[i] ?? 0)));
  }

  get isFull(): boolean {
    return this.rows >= this.maxRows;
  }

  /** Makes sure that one more row has memory. */
  reserve(): void {
    if (this.rows < this.#capacity) return;
    this.#capacity = Math.min(this.maxRows, this.#capacity * 2);
    this.#fedRows = -1;
    this.data = this.data.map((old, i) => {
      const grown = this.layout.inputs[i]?.type.allocate(this.#capacity * (this.strides[i] ?? 0)) ?? old;
      copyElements(old, grown);
      return grown;
    });
  }

  /** Counts the row just written as the job's next instance. */
  commit(job: Job, instance: number): void {
    const last = this.segments.at(-1);
    if (last !== undefined && last.job === job && last.from + last.count === instance) last.count += 1;
    else this.segments.push({ job, from: instance, at: this.rows, count: 1 });
    this.rows += 1;
  }

  /** Takes out the rows of jobs that no longer want an answer, and closes the gaps. */
  dropSegments(isUnwanted: (job: Job) => boolean): void {
    if (!this.segments.some((segment) => isUnwanted(segment.job))) return;
    let rows = 0;
    this.segments = this.segments.filter((segment) => !isUnwanted(segment.job));
    for (const segment of this.segments) {
      this.data.forEach((data, i) => {
        const stride = this.strides[i] ?? 0;
        data.copyWithin(rows * stride, segment.at * stride, (segment.at + segment.count) * stride);
      });
      segment.at = rows;
      rows += segment.count;
    }
    this.rows = rows;
  }

  /** A batch of one segment of this one, for finding out which of them the model cannot take. */
  alone(segment: Segment): Batch {
    const batch = new Batch(this.layout, this.shapes, { rows: this.maxRows, bytes: Number.MAX_SAFE_INTEGER });
    batch.data = this.data.map((data, i) => {
      const stride = this.strides[i] ?? 0;
      return data.slice(segment.at * stride, (segment.at + segment.count) * stride);
    });
    batch.segments = [{ ...segment, at: 0 }];
    batch.rows = segment.count;
    batch.isCut = true;
    return batch;
  }

  /** The tensors of a run. They share the batch's memory, and are the same objects for as many rows. */
  feeds(): readonly Tensor[] {
    if (this.#fedRows === this.rows) return this.#feeds;
    this.#feeds = this.#makeFeeds();
    // Texts are no shared memory: they are copied for each run.
    if (!this.data.some(Array.isArray)) this.#fedRows = this.rows;
    return this.#feeds;
  }

  #makeFeeds(): Tensor[] {
    return this.layout.inputs.map((input, i) => {
      const shape = this.shapes[i] ?? [];
      const data = this.data[i] ?? [];
      const length = this.rows * (this.strides[i] ?? 0);
      return {
        type: input.typeName,
        dims: input.leading ? [this.rows, ...shape] : shape,
        data: Array.isArray(data) ? data.slice(0, length) : data.subarray(0, length),
      };
    });
  }

  /** Forgets its rows, so that the memory can be used again. */
  clear(): void {
    this.rows = 0;
    this.segments = [];
  }
}

function copyElements(from: TensorData, to: TensorData): void {
  for (let index = 0; index < from.length; index += 1) {
    const element = from[index];
    if (element !== undefined) to[index] = element;
  }
}
