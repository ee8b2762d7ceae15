/** A feature server in Feast's form that answers after DELAY_MS, for what a slow or a dying store does. */
import { createServer } from 'node:http';
import { COLUMNS, valueOf } from './world.ts';

const delayMs = Number(process.env['DELAY_MS'] ?? '0');

createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', () => {
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(text === '' ? '{}' : answerTo(JSON.parse(text)));
    }, delayMs);
  });
}).listen(Number(process.env['AIP_HTTP_PORT']), '127.0.0.1');

function answerTo({ entities }: { entities: { patient_id: string[] } }): string {
  const rows = entities.patient_id.map((id) => Number(id.replace('patient-', '')));
  const results = COLUMNS.map((_, column) => ({
    values: rows.map((row) => valueOf(row, column)),
    statuses: rows.map(() => 'PRESENT'),
    event_timestamps: rows.map(() => '2026-01-01T00:00:00Z'),
  }));
  return JSON.stringify({ metadata: { feature_names: COLUMNS }, results });
}
