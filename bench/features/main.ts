/**
 * What features by key cost, and what a slow, a dying and a replaced store does to requests:
 *
 *   npm run bench:features [-- --only sqlite|postgres|firestore|slow|dying|swap] [--quick]
 *
 * 64 connections, one key a request; ratios within one run, medians of interleaved rounds.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { buildSubjects } from '../predictor/subjects.ts';
import { measureDying } from './dying.ts';
import { measurePeers } from './peers.ts';
import { measureSlow } from './slow.ts';
import { measureSqlite } from './sqlite.ts';
import { measureSwap } from './swap.ts';
import { writeArtifact } from './world.ts';

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const rounds = options.quick ? 5 : 9;
const ms = options.quick ? 400 : 1000;

const parts = {
  sqlite: measureSqlite,
  postgres: measurePeers('postgres'),
  firestore: measurePeers('firestore'),
  slow: measureSlow,
  dying: measureDying,
  swap: measureSwap,
};

console.log(`${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}`);
await buildSubjects();
const folder = writeArtifact();
try {
  for (const [name, measure] of Object.entries(parts)) {
    if (options.only !== undefined && options.only !== name) continue;
    for (const line of await measure({ folder, rounds, ms })) console.log(`${name}: ${line}`);
  }
} finally {
  folder.remove();
}
