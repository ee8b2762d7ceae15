/** Exponential with full jitter, never under a second, in ms. */
export function backOff(failures: number, firstMs: number, mostMs: number, random: () => number): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** (failures - 1));
  return Math.round(1_000 + random() * Math.max(0, ceiling - 1_000));
}
