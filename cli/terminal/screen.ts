/**
 * Where output goes. Colours, bars and redrawn lines are for a terminal; into a file or a pipe go plain lines.
 * NO_COLOR (https://no-color.org) takes the colours away, TERM=dumb the redrawing too.
 */
import { stripVTControlCharacters, styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** How a report is to be rendered. */
export interface Theme {
  readonly paint: (style: Style, text: string) => string;
  readonly bars: boolean;
  /** Milliseconds since the epoch: what times are told against. */
  readonly now: number;
}

export interface Screen {
  readonly isTerminal: boolean;
  theme(now: number): Theme;
  print(lines: readonly string[]): void;
  /** One JSON value: indented, or with `line` as one line of a stream. */
  json(value: unknown, form?: 'line'): void;
  /** Draws these lines over those of the last frame. Only for a terminal. */
  frame(lines: readonly string[]): void;
}

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export function screenOn(output: Output, env: Readonly<Record<string, string | undefined>>): Screen {
  const isTerminal = output.isTTY === true && env['TERM'] !== 'dumb';
  const colours = isTerminal && (env['NO_COLOR'] ?? '') === '';
  let drawn = 0;
  return {
    isTerminal,
    theme: (now) => ({
      now,
      bars: isTerminal,
      paint: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text),
    }),
    print(lines) {
      if (lines.length > 0) output.write(`${lines.join('\n')}\n`);
      drawn = 0;
    },
    json(value, form) {
      output.write(`${JSON.stringify(value, null, form === 'line' ? 0 : 2)}\n`);
    },
    frame(lines) {
      const up = drawn > 0 ? `\u001b[${drawn}A` : '';
      // A terminal that does not tell its width says 0.
      const width = output.columns || 80;
      output.write(`${up}\r\u001b[J${lines.map((line) => `${clip(line, width)}\n`).join('')}`);
      drawn = lines.length;
    },
  };
}

/** A line that breaks would leave its rest behind when it is drawn over; one that is too long loses its colours. */
function clip(line: string, width: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length < width ? line : `${plain.slice(0, Math.max(0, width - 2))}…`;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar `width` cells wide, filled to the share (0 to 1). */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
  return full.padEnd(width, '░');
}
