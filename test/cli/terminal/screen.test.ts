import { expect, it } from 'vitest';
import { bar, screenOn } from '../../../cli/terminal/screen.ts';

function output(isTTY: boolean, columns = 80) {
  let text = '';
  return {
    isTTY,
    columns,
    write: (more: string) => {
      text += more;
    },
    get text() {
      return text;
    },
  };
}

it.each([
  ['a terminal', true, {}, true, true],
  ['a pipe', false, {}, false, false],
  ['a terminal with NO_COLOR', true, { NO_COLOR: '1' }, false, true],
  ['a terminal with an empty NO_COLOR', true, { NO_COLOR: '' }, true, true],
  ['a dumb terminal', true, { TERM: 'dumb' }, false, false],
])('has for %s the right colours and bars', (_, isTTY, env, colours, bars) => {
  const screen = screenOn(output(isTTY), env);
  const theme = screen.theme(0);
  expect(theme.paint('red', 'x') !== 'x').toBe(colours);
  expect([theme.bars, screen.isTerminal]).toEqual([bars, bars]);
});

it.each([
  [0, '░░░░'],
  [0.5, '██░░'],
  [0.53, '██▏░'],
  [1, '████'],
  [7, '████'],
  [-1, '░░░░'],
])('draws %f of four cells as %s', (share, drawn) => {
  expect(bar(share, 4)).toBe(drawn);
});

it('draws a frame over the last one, and cuts what would break', () => {
  const out = output(true, 10);
  const screen = screenOn(out, {});
  screen.frame(['one', 'two']);
  screen.frame(['\u001b[31m0123456789\u001b[39m']);
  screen.frame([]);
  expect(out.text).toBe('\r\u001b[Jone\ntwo\n\u001b[2A\r\u001b[J01234567…\n\u001b[1A\r\u001b[J');
});

it('writes JSON for people by default, and one line of a stream where asked', () => {
  const out = output(false);
  const screen = screenOn(out, {});
  screen.json({ a: 1 });
  screen.json({ a: 1 }, 'line');
  expect(out.text).toBe('{\n  "a": 1\n}\n{"a":1}\n');
});
