/**
 * `npm run bench:release [-- --json] [--services 1,10]`: what releases cost when 1, 10, 100 and 1,000 services get an
 * artifact at once, with operations of 1 and 10 minutes, in virtual time; alone, a service is released five times. Each
 * number of services is a process of its own.
 */
import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { measure, type Row } from './releases.ts';

/** Releases of the one service, one after the other. */
const WAVES = 5;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    services: { type: 'string', default: '1,10,100,1000' },
    row: { type: 'string' },
  },
});

if (values.row !== undefined) {
  const services = Number(values.row);
  process.send?.(await measure(services, services === 1 ? WAVES : 1));
  process.disconnect();
} else {
  const rows: Row[] = [];
  for (const services of values.services.split(',')) rows.push(...(await inProcess(services)));
  if (values.json) console.log(JSON.stringify({ rows }));
  else console.log(table(rows));
}

function inProcess(services: string): Promise<readonly Row[]> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL(import.meta.url), ['--row', services]);
    child.once('message', (rows) => {
      // Sent by measure, above.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      resolve(rows as readonly Row[]);
    });
    child.once('exit', (code) => {
      if (code !== 0) reject(new Error(`the row of ${services} services ended with ${code}`));
    });
  });
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({
      services,
      wave,
      releases,
      overhead,
      slowestMinutes,
      callsPerRelease,
      requestsPerRelease,
      busiestMinute,
      peakRssMb,
    }) =>
      `| ${[services, wave, releases, overhead, slowestMinutes, callsPerRelease, requestsPerRelease, busiestMinute.calls, busiestMinute.submissions, peakRssMb].join(' | ')} |`,
  );
  return [
    '| services | which release | releases | overhead | slowest, min | calls per release | requests | calls in the busiest minute | submissions in it | peak RSS, MB |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}
