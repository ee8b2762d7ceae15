/**
 * `/metrics` of several processes as one page: counters, histograms and most gauges are sums. What a process had counted
 * before it ended stays in the sums, because a counter that shrinks is taken for one that has begun from 0.
 */

interface Family {
  readonly head: string[];
  readonly series: Map<string, number>;
}

/** Gauges that are the same for all processes, or whose largest value is the one that counts. */
const LARGEST = new Set(['predictor_state', 'predictor_stored_rows', 'predictor_stored_timestamp_seconds']);

/** The pages, in Prometheus' text format, as one. */
export function sumOf(pages: readonly string[]): string {
  const families = new Map<string, Family>();
  for (const page of pages) add(families, page);
  return textOf(families);
}

/** What of the page of a process stays true after its end. */
export function countersOf(page: string): string {
  const families = new Map<string, Family>();
  add(families, page);
  return textOf(
    new Map([...families].filter(([, { head }]) => !head.some((line) => line.endsWith(' gauge')))),
  );
}

/** The value of a series without labels; 0 if the page has none. */
export function valueOf(page: string, name: string): number {
  const line = page.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

function add(families: Map<string, Family>, page: string): void {
  let name = '';
  let family: Family = { head: [], series: new Map() };
  let isNew = false;
  for (const line of page.split('\n')) {
    if (line === '') continue;
    if (line.startsWith('# HELP ')) {
      [, , name = ''] = line.split(' ', 3);
      isNew = !families.has(name);
      family = families.get(name) ?? { head: [], series: new Map() };
      families.set(name, family);
    }
    if (line.startsWith('#')) {
      if (isNew) family.head.push(line);
      continue;
    }
    // A label's value may have spaces in it, and the number has none.
    const at = line.lastIndexOf(' ');
    const series = line.slice(0, at);
    const value = Number(line.slice(at + 1));
    const known = family.series.get(series);
    if (known === undefined) family.series.set(series, value);
    else family.series.set(series, LARGEST.has(name) ? Math.max(known, value) : known + value);
  }
}

function textOf(families: ReadonlyMap<string, Family>): string {
  const lines = [...families.values()].flatMap(({ head, series }) => [
    ...head,
    ...[...series].map(([name, value]) => `${name} ${value}`),
  ]);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
