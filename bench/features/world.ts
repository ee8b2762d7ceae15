/** The breast-cancer model with its 30 features by key: artifact, settings, and the rows that stores hold. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FeatureSettings, StoreSettings } from '../../common/artifact/feature-settings.ts';
import type { Command } from '../predictor/subject.ts';
import { artifactUri, slipway } from '../predictor/subjects.ts';

const WIDTH = 30;
export const COLUMNS = Array.from({ length: WIDTH }, (_, i) => `f${i}`);

/** The value of a feature: any, and the same again. */
export function valueOf(row: number, column: number): number {
  return Math.round(1000 * (12 + 10 * Math.sin(row * 1.7 + column))) / 1000;
}

export function keyOf(row: number): string {
  return `patient-${row}`;
}

export interface Folder {
  readonly path: string;
  /** Of the artifact. */
  readonly uri: string;
  readonly remove: () => void;
}

/** The artifact, in a folder of its own. */
export function writeArtifact(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'bench-features-'));
  copyFileSync(join(fileURLToPath(artifactUri('v1')), 'model.onnx'), join(path, 'model.onnx'));
  const columns = COLUMNS.map((column) => ({ from: `patient.${column}`, type: 'number', default: 0 }));
  const features = { schema: 1, inputs: [{ name: 'features', columns }] };
  writeFileSync(join(path, 'features.json'), JSON.stringify(features));
  return { path, uri: pathToFileURL(path).href, remove: () => rmSync(path, { recursive: true }) };
}

/** Writes a SQLite file of so many patients. */
export function writeDatabase(path: string, rows: number): void {
  rmSync(path, { force: true });
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
  const columns = COLUMNS.map((column) => `${column} REAL`).join(', ');
  database.exec(`CREATE TABLE patients (patient_id TEXT PRIMARY KEY, ${columns}) WITHOUT ROWID; BEGIN`);
  const insert = database.prepare(`INSERT INTO patients VALUES (?${', ?'.repeat(WIDTH)})`);
  for (let row = 0; row < rows; row += 1) {
    insert.run(keyOf(row), ...COLUMNS.map((_, column) => valueOf(row, column)));
  }
  database.exec('COMMIT');
  database.close();
}

/** The predictor with features from that store. */
export function withStore(
  folder: Folder,
  store: StoreSettings,
  more: Partial<FeatureSettings> = {},
  env: Readonly<Record<string, string>> = {},
): Command {
  const settings: FeatureSettings = {
    store,
    views: { patient: { key: ['patient_id'], table: 'patients', time: null } },
    timeoutMs: 50,
    cache: { ttlMs: 0, maxRows: 1000 },
    missing: 'refuse',
    stale: 'serve',
    unavailable: 'refuse',
    ...more,
  };
  return slipway('v1', { AIP_STORAGE_URI: folder.uri, SLIPWAY_FEATURES: JSON.stringify(settings), ...env });
}

/** Bodies of one key each, all of them different. */
export function keyBodies(count: number): string[] {
  return Array.from({ length: count }, (_, row) =>
    JSON.stringify({ instances: [{ patient_id: keyOf(row) }] }),
  );
}

/** The same rows with their features inline. */
export function inlineBodies(count: number): string[] {
  return Array.from({ length: count }, (_, row) =>
    JSON.stringify({ instances: [COLUMNS.map((_column, column) => valueOf(row, column))] }),
  );
}
