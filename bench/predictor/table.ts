/** Prints the measurements as Markdown: CPU a request first, as ratios to the predictor's. */
import { CELLS, type Cell } from './cells.ts';
import type { Quartiles, Row } from './row.ts';
import { MODELS } from './subjects.ts';

export function printTable(machine: string, rows: readonly Row[]): void {
  console.log(`${machine}\n`);
  for (const { name, version } of MODELS) {
    const ofModel = rows.filter((row) => row.model === version);
    if (ofModel.length === 0) continue;
    const subjects = [...new Set(ofModel.map((row) => row.subject))];
    const peers = subjects.filter((subject) => subject !== 'slipway');
    const cells = CELLS.filter((cell) => ofModel.some((row) => isOf(row, cell)));
    console.log(`### ${name}: CPU a request, × the predictor's\n`);
    console.log(`| instances | connections | slipway, CPU µs | ${peers.join(' | ')} |`);
    console.log(`|--:|--:|--:|${peers.map(() => '--:|').join('')}`);
    for (const cell of cells) {
      const own = ofModel.find((row) => isOf(row, cell) && row.subject === 'slipway');
      const ratios = peers.map((peer) =>
        ratio(ofModel.find((row) => isOf(row, cell) && row.subject === peer)?.byCpu),
      );
      console.log(`| ${[...heads(cell), own?.cpuMicros.toPrecision(3) ?? '–', ...ratios].join(' | ')} |`);
    }
    console.log(`\n### ${name}: requests a second · p99 ms\n`);
    console.log(`| instances | connections | ${subjects.join(' | ')} |`);
    console.log(`|--:|--:|${subjects.map(() => '--:|').join('')}`);
    for (const cell of cells) {
      const figures = subjects.map((subject) => {
        const row = ofModel.find((each) => isOf(each, cell) && each.subject === subject);
        return row === undefined
          ? '–'
          : `${Math.round(row.rps).toLocaleString('en-US')} · ${row.p99Ms.toFixed(1)}`;
      });
      console.log(`| ${[...heads(cell), ...figures].join(' | ')} |`);
    }
    console.log('');
  }
}

function isOf(row: Row, { instances, connections }: Cell): boolean {
  return row.instances === instances && row.connections === connections;
}

function heads({ instances, connections }: Cell): string[] {
  return [instances.toLocaleString('en-US'), String(connections)];
}

function ratio(quartiles: Quartiles | undefined): string {
  if (quartiles === undefined) return '–';
  const { low, median, high } = quartiles;
  return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}
