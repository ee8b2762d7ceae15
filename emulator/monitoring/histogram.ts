/** A distribution of latencies in buckets that grow by a twentieth, so that a percentile is right to about 5 %. */
const smallest = 0.01;
const growth = 1.05;

export class Histogram {
  readonly #buckets = new Map<number, number>();

  /** `ms` is not negative. */
  add(ms: number): void {
    const bucket = ms < smallest ? 0 : 1 + Math.floor(Math.log(ms / smallest) / Math.log(growth));
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
  }

  merge(other: Histogram): void {
    for (const [bucket, count] of other.#buckets)
      this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + count);
  }

  /** By linear interpolation within a bucket, as Cloud Monitoring does; 0 if there is nothing. `share` is in (0, 1]. */
  percentile(share: number): number {
    const counts = [...this.#buckets].toSorted(([a], [b]) => a - b);
    let left = share * counts.reduce((sum, [, count]) => sum + count, 0);
    for (const [bucket, count] of counts) {
      if (left <= count) return lowerEnd(bucket) + (left / count) * (lowerEnd(bucket + 1) - lowerEnd(bucket));
      left -= count;
    }
    return 0;
  }
}

function lowerEnd(bucket: number): number {
  return bucket === 0 ? 0 : smallest * growth ** (bucket - 1);
}
