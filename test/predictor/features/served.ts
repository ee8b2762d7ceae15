/** A model with features, a store for it, and the settings that the engine would give the predictor. */
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FeatureSettings } from '../../../common/artifact/feature-settings.ts';
import type { Interface } from '../../../common/artifact/interface.ts';
import { onnxModel } from '../../support/onnx-writer.ts';
import type { Files } from '../serve-here.ts';

/** Gives back its three columns, `x` float32 [N, 3], as `y`. */
export function echo(): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 3] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N', 3] }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
  });
}

/** Orders of a customer, how long ago they were last seen, and the amount of the request. */
export const FEATURES = {
  schema: 1,
  inputs: [
    {
      name: 'x',
      columns: [
        { from: 'customer.orders', type: 'number' },
        { from: 'customer.seen', type: 'number', default: -1, maxAge: '1h' },
        { from: 'request.amount', type: 'number' },
      ],
    },
  ],
};

export const ROW = {
  instance: { customer_id: 'c-1', amount: 5 },
  features: { 'customer.orders': 7, 'customer.seen': 2 },
  prediction: [7, 2, 5],
};

export function artifact(more: Files = {}): Files {
  return {
    'model.onnx': echo(),
    'features.json': JSON.stringify(FEATURES),
    'golden.jsonl': `${JSON.stringify(ROW)}\n`,
    ...more,
  };
}

export interface Customer {
  readonly customer_id: string;
  readonly orders: number | null;
  readonly seen: number | null;
  /** ISO 8601. */
  readonly updated_at?: string | null;
}

/** Writes the table `customers` into a SQLite file. */
export function writeCustomers(path: string, customers: readonly Customer[]): void {
  rmSync(path, { force: true });
  const database = new DatabaseSync(path);
  database.exec(
    'CREATE TABLE customers (customer_id TEXT PRIMARY KEY, orders REAL, seen REAL, updated_at TEXT)',
  );
  const insert = database.prepare('INSERT INTO customers VALUES (?, ?, ?, ?)');
  database.exec('BEGIN');
  for (const { customer_id, orders, seen, updated_at = null } of customers) {
    insert.run(customer_id, orders, seen, updated_at);
  }
  database.exec('COMMIT');
  database.close();
}

/** A folder for a SQLite file, with its path and what removes it. */
export function databaseFolder(): { path: string; uri: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'features-test-'));
  const path = join(folder, 'features.sqlite');
  return { path, uri: pathToFileURL(path).href, remove: () => rmSync(folder, { recursive: true }) };
}

export function settingsFor(uri: string, more: Partial<FeatureSettings> = {}): FeatureSettings {
  return {
    store: { kind: 'sqlite', uri, refreshMs: 60_000 },
    views: { customer: { key: ['customer_id'], table: 'customers', time: 'updated_at' } },
    timeoutMs: 50,
    cache: { ttlMs: 0, maxRows: 1000 },
    missing: 'default',
    stale: 'serve',
    unavailable: 'refuse',
    ...more,
  };
}

export function environment(
  settings: FeatureSettings,
  face: Interface | null = null,
): Record<string, string> {
  const features = { SLIPWAY_FEATURES: JSON.stringify(settings) };
  return face === null ? features : { ...features, SLIPWAY_INTERFACE: JSON.stringify(face) };
}
