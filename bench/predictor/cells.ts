/**
 * The loads of the bench: how many instances a request has, over how many connections, and its bodies. No two bodies are
 * alike, as no two callers' are: the same ones in a circle find their numbers' text, and the branches that trees take,
 * where the last round left them.
 */
import { instances as distinctRows } from '../batch/rows.ts';
import type { Protocol } from './subject.ts';
import type { Version } from './subjects.ts';

export interface Cell {
  readonly instances: number;
  readonly connections: number;
}

const ONLINE = [1, 32].flatMap((instances) =>
  [1, 16, 64, 256].map((connections) => ({ instances, connections })),
);
const BATCH = [64, 1000].map((instances) => ({ instances, connections: 4 }));
export const CELLS: readonly Cell[] = [...ONLINE, ...BATCH];
export const QUICK_CELLS = CELLS.filter(({ connections }) => connections === 64 || connections === 4);

const ROWS = 65_536;
const BODIES_MAX = 4096;

/** The bodies of a cell, some thousand of them while the rows last. */
export function bodiesOf(model: Version, protocol: Protocol, instances: number): string[] {
  const rows = rowsOf(model);
  const count = Math.min(BODIES_MAX, Math.floor(ROWS / instances));
  return Array.from({ length: count }, (_, i) =>
    bodyOf(protocol, rows.slice(i * instances, (i + 1) * instances)),
  );
}

const made = new Map<Version, number[][]>();

function rowsOf(model: Version): number[][] {
  const known = made.get(model) ?? distinctRows(model, ROWS);
  made.set(model, known);
  return known;
}

function bodyOf(protocol: Protocol, rows: readonly (readonly number[])[]): string {
  if (protocol === 'v1') return JSON.stringify({ instances: rows });
  const shape = [rows.length, rows[0]?.length ?? 0];
  return JSON.stringify({ inputs: [{ name: 'features', shape, datatype: 'FP32', data: rows.flat() }] });
}
