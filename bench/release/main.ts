/**
 * `npm run bench:release [-- --json] [--services 1,10]`: what releases cost when 1, 10, 100 and 1,000 services get an
 * artifact at once, with operations of 1 and 10 minutes, in virtual time. Each row is a process of its own.
 */
import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { measure, type Row } from './releases.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    services: { type: 'string', default: '1,10,100,1000' },
    row: { type: 'string' },
  },
});

if (values.row !== undefined) {
  process.send?.(await measure(Number(values.row)));
  process.disconnect();
} else {
  const rows: Row[] = [];
  for (const services of values.services.split(',')) rows.push(await inProcess(services));
  if (values.json) console.log(JSON.stringify({ rows }));
  else console.log(table(rows));
}

function inProcess(services: string): Promise<Row> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL(import.meta.url), ['--row', services]);
    child.once('message', (row) => {
      // Sent by measure, above.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      resolve(row as Row);
    });
    child.once('exit', (code) => {
      if (code !== 0) reject(new Error(`the row of ${services} services ended with ${code}`));
    });
  });
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ services, releases, overhead, slowestMinutes, callsPerRelease, busiestMinute, peakRssMb }) =>
      `| ${[services, releases, overhead, slowestMinutes, callsPerRelease, busiestMinute.calls, busiestMinute.submissions, peakRssMb].join(' | ')} |`,
  );
  return [
    '| services | releases | overhead | slowest, min | calls per release | calls in the busiest minute | submissions in it | peak RSS, MB |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}
