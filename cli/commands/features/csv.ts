/** CSV as RFC 4180 has it: cells in double quotes may have commas, line breaks and doubled quotes. */
import { EXIT, Failure } from '../../terminal/failure.ts';

/** Lines of cells; empty lines are left out. Throws a Failure where a quote has no end. */
export function parseCsv(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  const start = text.startsWith('\uFEFF') ? 1 : 0;
  for (cell.lastIndex = start; cell.lastIndex < text.length;) {
    const found = cell.exec(text);
    if (found === null)
      throw new Failure(EXIT.usage, `CSV line ${lines.length + 1}: a quote is not in its place`);
    const [, quoted, plain = '', end] = found;
    line.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',' && cell.lastIndex < text.length) continue;
    if (end === ',') line.push('');
    if (line.length > 1 || line[0] !== '') lines.push(line);
    line = [];
  }
  return lines;
}
