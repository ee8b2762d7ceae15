/**
 * Rows of one shape, in the memory the model reads, and whose they are. A run takes a slice of them: as many as
 * it may have, all of them in the end. What is in the memory stays there until every slice is done, so a slice
 * whose run failed is halved and run again where it is.
 */
import type { Tensor } from '../model/runtime.ts';
import type { TensorData } from '../model/tensor-types.ts';
import type { Job } from './job.ts';
import type { Layout } from './layout.ts';
import type { Pace } from './pace.ts';

/** `count` rows of a batch from `at` on, which are the job's instances from `from` on. */
export interface Segment {
  readonly job: Job;
  readonly from: number;
  at: number;
  count: number;
  /** What the rows take in memory. */
  bytes: number;
}

/** The shapes of one instance's parts, one an input. */
export type RowShapes = readonly (readonly number[])[];

export interface BatchOptions {
  readonly layout: Layout;
  readonly shapes: RowShapes;
  /** By which it is found while it takes more rows. */
  readonly key: string;
  /** Bounds of a batch. */
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly pace: (elements: number) => Pace;
}

export class Batch {
  readonly key: string;
  readonly layout: Layout;
  /** What runs of such rows cost. */
  readonly pace: Pace;
  /** Elements of one row, one an input. */
  readonly strides: readonly number[];
  /** Bytes of one row, without those of its texts. */
  readonly rowBytes: number;
  readonly #shapes: RowShapes;
  readonly #maxRows: number;
  readonly #maxBytes: number;
  data: TensorData[];
  rows = 0;
  #bytes = 0;
  #capacity: number;
  /** Rows that slices have. */
  #taken = 0;
  /** Of the rows that no slice has. */
  #segments: Segment[] = [];
  /** Slices that are not done. */
  #slices = 0;
  #feeds: readonly Tensor[] = [];
  /** The rows, from the first on, that `#feeds` is made for, or -1. */
  #fedRows = -1;

  constructor({ layout, shapes, key, maxRows, maxBytes, pace }: BatchOptions) {
    this.layout = layout;
    this.key = key;
    this.#shapes = shapes;
    this.strides = shapes.map((shape) => shape.reduce((product, dim) => product * dim, 1));
    this.rowBytes = layout.inputs.reduce(
      (sum, input, i) => sum + input.type.bytes * (this.strides[i] ?? 0),
      0,
    );
    this.pace = pace(this.strides.reduce((sum, stride) => sum + stride, 0));
    this.#maxBytes = maxBytes;
    const fitting = Math.floor(maxBytes / Math.max(1, this.rowBytes));
    this.#maxRows = Math.max(1, Math.min(maxRows, fitting));
    // All rows at once where every batch looks like this one and its memory is used again.
    this.#capacity = layout.uniform && layout.batched ? this.#maxRows : 1;
    this.data = layout.inputs.map((input, i) => input.type.allocate(this.#capacity * (this.strides[i] ?? 0)));
  }

  get isFull(): boolean {
    return this.rows >= this.#maxRows || this.#bytes >= this.#maxBytes;
  }

  /** True if all its rows have run. */
  get isDone(): boolean {
    return this.#taken === this.rows && this.#slices === 0;
  }

  /** The rows that no slice has, as their jobs have them. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Makes sure that one more row has memory. */
  reserve(): void {
    if (this.rows < this.#capacity) return;
    this.#capacity = Math.min(this.#maxRows, this.#capacity * 2);
    this.#fedRows = -1;
    this.data = this.data.map((old, i) => {
      const grown = this.layout.inputs[i]?.type.allocate(this.#capacity * (this.strides[i] ?? 0)) ?? old;
      copyElements(old, grown);
      return grown;
    });
  }

  /** Counts the row just written as the job's next instance. True if it is the job's first here. */
  commit(job: Job, instance: number, bytes: number): boolean {
    const at = this.rows;
    this.rows += 1;
    this.#bytes += bytes;
    const last = this.#segments.at(-1);
    if (last !== undefined && last.job === job && last.from + last.count === instance) {
      last.count += 1;
      last.bytes += bytes;
      return false;
    }
    this.#segments.push({ job, from: instance, at, count: 1, bytes });
    return last?.job !== job;
  }

  /** Takes back the rows that the job has just committed; tells how many and their bytes. */
  uncommit(job: Job): { rows: number; bytes: number } {
    const sum = { rows: 0, bytes: 0 };
    for (let last = this.#segments.at(-1); last?.job === job; last = this.#segments.at(-1)) {
      this.#segments.pop();
      sum.rows += last.count;
      sum.bytes += last.bytes;
    }
    this.rows -= sum.rows;
    this.#bytes -= sum.bytes;
    return sum;
  }

  /** Takes out the waiting rows of jobs that are settled, and closes the gaps; tells how many and their bytes. */
  dropSettled(): { rows: number; bytes: number } {
    const sum = { rows: 0, bytes: 0 };
    if (!this.#segments.some((segment) => segment.job.settled)) return sum;
    let rows = this.#taken;
    const kept: Segment[] = [];
    for (const segment of this.#segments) {
      if (segment.job.settled) {
        sum.rows += segment.count;
        sum.bytes += segment.bytes;
        continue;
      }
      this.data.forEach((data, i) => {
        const stride = this.strides[i] ?? 0;
        data.copyWithin(rows * stride, segment.at * stride, (segment.at + segment.count) * stride);
      });
      segment.at = rows;
      rows += segment.count;
      kept.push(segment);
    }
    this.#segments = kept;
    this.rows = rows;
    this.#bytes -= sum.bytes;
    return sum;
  }

  /** The next rows for a run, at most `most`; null if slices have them all. */
  take(most: number): Slice | null {
    const rows = Math.min(most, this.rows - this.#taken);
    if (rows === 0) return null;
    const at = this.#taken;
    this.#taken += rows;
    let segments = this.#segments;
    if (this.#taken === this.rows) this.#segments = [];
    else [segments, this.#segments] = split(segments, rows);
    return this.slice(at, rows, segments);
  }

  slice(at: number, rows: number, segments: readonly Segment[]): Slice {
    this.#slices += 1;
    return new Slice(this, at, rows, segments);
  }

  /** Told by each slice once, when it is not needed any more. */
  sliceDone(): void {
    this.#slices -= 1;
  }

  /** The tensors of rows of it. They share its memory, and are the same objects for as many from the first on. */
  feeds(at: number, rows: number): readonly Tensor[] {
    if (at > 0) return this.#makeFeeds(at, rows);
    if (this.#fedRows === rows) return this.#feeds;
    this.#feeds = this.#makeFeeds(0, rows);
    // Texts are no shared memory: they are copied for each run.
    this.#fedRows = this.data.some(Array.isArray) ? -1 : rows;
    return this.#feeds;
  }

  #makeFeeds(at: number, rows: number): Tensor[] {
    return this.layout.inputs.map((input, i) => {
      const shape = this.#shapes[i] ?? [];
      const data = this.data[i] ?? [];
      const stride = this.strides[i] ?? 0;
      const [start, end] = [at * stride, (at + rows) * stride];
      return {
        type: input.typeName,
        dims: input.leading ? [rows, ...shape] : shape,
        data: Array.isArray(data) ? data.slice(start, end) : data.subarray(start, end),
      };
    });
  }

  /** Forgets its rows, so that the memory can be used again. */
  clear(): void {
    this.rows = 0;
    this.#bytes = 0;
    this.#taken = 0;
    this.#segments = [];
  }
}

/** Rows of a batch that one run has. */
export class Slice {
  readonly batch: Batch;
  readonly at: number;
  readonly rows: number;
  readonly segments: readonly Segment[];
  /** How many runs had succeeded when one with these rows first failed; -1: none has failed. */
  failedAt = -1;

  constructor(batch: Batch, at: number, rows: number, segments: readonly Segment[]) {
    this.batch = batch;
    this.at = at;
    this.rows = rows;
    this.segments = segments;
  }

  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  feeds(): readonly Tensor[] {
    return this.batch.feeds(this.at, this.rows);
  }

  /** Two slices of its rows, instead of it. */
  halves(): [Slice, Slice] {
    const rows = this.rows >> 1;
    const [first, second] = split(this.segments, rows);
    const halves: [Slice, Slice] = [
      this.batch.slice(this.at, rows, first),
      this.batch.slice(this.at + rows, this.rows - rows, second),
    ];
    for (const half of halves) half.failedAt = this.failedAt;
    this.batch.sliceDone();
    return halves;
  }
}

/** The segments of the first `rows` rows, and those of all others. */
function split(segments: readonly Segment[], rows: number): [Segment[], Segment[]] {
  const first: Segment[] = [];
  let left = rows;
  for (const [i, segment] of segments.entries()) {
    if (segment.count <= left) {
      first.push(segment);
      left -= segment.count;
      if (left === 0) return [first, segments.slice(i + 1)];
      continue;
    }
    const { job, from, at, count } = segment;
    const bytes = Math.round((segment.bytes * left) / count);
    first.push({ job, from, at, count: left, bytes });
    const rest = { job, from: from + left, at: at + left, count: count - left, bytes: segment.bytes - bytes };
    return [first, [rest, ...segments.slice(i + 1)]];
  }
  return [first, []];
}

function copyElements(from: TensorData, to: TensorData): void {
  for (let index = 0; index < from.length; index += 1) {
    const element = from[index];
    if (element !== undefined) to[index] = element;
  }
}
