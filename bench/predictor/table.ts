/** Prints the measurements as Markdown: `requests/s · CPU µs a request · p99 ms`, and the predictor against the echo. */
import type { Row } from './row.ts';
import { MODELS } from './subjects.ts';

export function printTable(machine: string, rows: readonly Row[]): void {
  console.log(`${machine}\n`);
  for (const { name, version } of MODELS) {
    const ofModel = rows.filter((row) => row.model === version);
    if (ofModel.length === 0) continue;
    const subjects = [...new Set(ofModel.map((row) => row.subject))].filter(
      (subject) => subject !== 'session',
    );
    console.log(`### ${name}\n`);
    console.log(`| instances | connections | × echo | by CPU | ${subjects.join(' | ')} |`);
    console.log(`|--:|--:|--:|--:|${subjects.map(() => '---|').join('')}`);
    for (const cell of ofModel.filter((row) => row.subject === 'slipway'))
      console.log(line(cell, ofModel, subjects));
    console.log('');
    for (const run of ofModel.filter((row) => row.subject === 'session')) {
      console.log(`session.run alone, ${run.instances} rows: ${figures(run)}`);
    }
    console.log('');
  }
}

function line(cell: Row, rows: readonly Row[], subjects: readonly string[]): string {
  const { connections, instances } = cell;
  const peers = rows.filter((row) => row.connections === connections && row.instances === instances);
  const cells = subjects.map((subject) => {
    const row = peers.find((peer) => peer.subject === subject);
    return row === undefined ? '–' : figures(row);
  });
  const ratios = [cell.timesEcho, cell.timesEchoByCpu].map((ratio) => ratio?.toFixed(2) ?? '–');
  return `| ${[instances, connections, ...ratios, ...cells].join(' | ')} |`;
}

function figures(row: Row): string {
  const cpu = row.cpuMicros === null ? '–' : row.cpuMicros.toFixed(0);
  return `${Math.round(row.rps).toLocaleString('en-US')} · ${cpu} · ${row.p99Ms.toFixed(2)}`;
}
