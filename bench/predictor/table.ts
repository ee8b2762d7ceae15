/** Prints the measurements as Markdown, with the ratios the project promises. */
import type { Row } from './main.ts';
import { MODELS } from './subjects.ts';

export function printTable(machine: string, rows: readonly Row[]): void {
  console.log(`${machine}\n`);
  for (const { name, version } of MODELS) {
    const ofModel = rows.filter((row) => row.model === version);
    if (ofModel.length === 0) continue;
    console.log(`### ${name}\n`);
    console.log(
      '| instances | connections | subject | requests/s | CPU µs | p50 ms | p99 ms | × echo | × echo by CPU |',
    );
    console.log('|--:|--:|---|--:|--:|--:|--:|--:|--:|');
    for (const row of ofModel) console.log(line(row, ofModel));
    console.log('');
  }
}

function line(row: Row, rows: readonly Row[]): string {
  const bar = rows.find(
    ({ subject, connections, instances }) =>
      subject === 'echo' && connections === row.connections && instances === row.instances,
  );
  const cells = [
    row.instances,
    row.connections === 0 ? '–' : row.connections,
    row.subject,
    Math.round(row.rps).toLocaleString('en-US'),
    row.cpuMicros?.toFixed(1) ?? '–',
    row.p50Ms.toFixed(2),
    row.p99Ms.toFixed(2),
    bar === undefined ? '–' : (row.rps / bar.rps).toFixed(2),
    bar === undefined || bar.cpuMicros === null || row.cpuMicros === null
      ? '–'
      : (bar.cpuMicros / row.cpuMicros).toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}
