/** Instances that the runtime refuses, one by one, while it takes others: the caller's mistake, answered with 400. */
export interface RefusedRow {
  readonly instance: number;
  /** The runtime's own words. */
  readonly reason: string;
}

const REASON_MAX = 300;
// oxlint-disable-next-line no-control-regex -- what a reason quotes may hold anything
const CONTROL = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g;

export class Refused extends Error {
  override readonly name = 'Refused';
  /** By instance, in order. */
  readonly rows: readonly RefusedRow[];

  constructor(rows: readonly RefusedRow[]) {
    const sorted = rows.toSorted((a, b) => a.instance - b.instance);
    super(sorted.map(inWords).join('; '));
    this.rows = sorted;
  }
}

function inWords(row: RefusedRow): string {
  return `instances[${row.instance}]: ${reasonOf(row)}`;
}

/** What is wrong with the row, without its number. */
export function reasonOf({ reason }: RefusedRow): string {
  const words = reason.replaceAll(CONTROL, ' ').trim();
  const short = words.length > REASON_MAX ? `${words.slice(0, REASON_MAX)}…` : words;
  return `the model cannot take it${short === '' ? '' : `: ${short}`}`;
}
