/**
 * The accelerators that Vertex AI's client knows (accelerator_type.proto). It leaves out any other name without a word,
 * and a deployment would ask for a number of nothing. A test compares the list with the client's own.
 */
export const ACCELERATORS: readonly string[] = [
  'NVIDIA_TESLA_K80',
  'NVIDIA_TESLA_P100',
  'NVIDIA_TESLA_V100',
  'NVIDIA_TESLA_P4',
  'NVIDIA_TESLA_T4',
  'NVIDIA_TESLA_A100',
  'NVIDIA_A100_80GB',
  'NVIDIA_L4',
  'NVIDIA_H100_80GB',
  'NVIDIA_H100_MEGA_80GB',
  'NVIDIA_H200_141GB',
  'NVIDIA_B200',
  'NVIDIA_GB200',
  'NVIDIA_RTX_PRO_6000',
  'TPU_V2',
  'TPU_V3',
  'TPU_V4_POD',
  'TPU_V5_LITEPOD',
];

/** The names that look most like it, nearest first. */
export function nearestAccelerators(name: string): string[] {
  const distances = ACCELERATORS.map((known) => ({ known, distance: distanceOf(name.slice(0, 60), known) }));
  return distances
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ known }) => known);
}

/** What says little of which one is meant. */
const LIGHT = new Set(['NVIDIA', 'TESLA', 'TPU']);

/** By the words that only one of them has, then by letters: `NVIDIA_T4` is nearer to `NVIDIA_TESLA_T4` than to `NVIDIA_L4`. */
function distanceOf(name: string, known: string): number {
  const wordsOf = (text: string) =>
    new Set(
      text
        .toUpperCase()
        .split(/[^A-Z0-9]+/)
        .filter((word) => word !== ''),
    );
  const different = wordsOf(name).symmetricDifference(wordsOf(known));
  const missed = [...wordsOf(name)].filter((word) => different.has(word) && !LIGHT.has(word)).length;
  return 100 * missed + 10 * different.size + editsBetween(name.toUpperCase(), known);
}

/** Levenshtein's distance. */
function editsBetween(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (above[j - 1] ?? 0) + (b[j - 1] === a[i - 1] ? 0 : 1);
      row.push(Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced));
    }
    above = row;
  }
  return above.at(-1) ?? 0;
}
