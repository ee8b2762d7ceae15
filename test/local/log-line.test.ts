import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { logLine } from '../../local/log-line.ts';

const at = { time: '2026-11-23T18:04:09.123Z' };

it.each([
  [
    'a message with its fields',
    {
      ...at,
      severity: 'INFO',
      message: 'request accepted',
      delivery: 'd-1',
      service: 'churn',
      verdict: 'accepted',
    },
    'onRequest  18:04:09.123  request accepted service=churn verdict=accepted',
  ],
  [
    'how bad it is, and the cause below',
    {
      ...at,
      severity: 'ERROR',
      message: 'release ended',
      result: 'Failed',
      version: null,
      seconds: 7.2,
      cause: {
        code: 'DEPLOY_FAILED',
        text: 'It did not succeed.',
        detail: 'UNKNOWN: no\nexited with code 1',
      },
    },
    `onRequest  18:04:09.123  ERROR release ended result=Failed seconds=7.2 cause=DEPLOY_FAILED
           It did not succeed.
           UNKNOWN: no
           exited with code 1`,
  ],
  [
    'text with blanks in quotes, lists and objects as JSON',
    { ...at, severity: 'WARNING', message: 'x', reason: 'too slow', list: [1, { a: 2 }], by: 'a=b' },
    'onRequest  18:04:09.123  WARNING x reason="too slow" list=[1,{"a":2}] by="a=b"',
  ],
  [
    'a stack below, and nothing for machines',
    {
      ...at,
      severity: 'ERROR',
      message: 'x',
      'logging.googleapis.com/trace': 't',
      stack: 'Error: y\n    at z',
    },
    'onRequest  18:04:09.123  ERROR x\n           Error: y\n               at z',
  ],
])('shows %s', (_, entry, expected) => {
  const line = JSON.stringify(entry);
  expect(logLine('onRequest', line, false)).toBe(expected);
  expect(stripVTControlCharacters(logLine('onRequest', line, true))).toBe(expected);
});

it.each(['Error: no module', '5', 'null', '{"a":1}', '{"message":'])('leaves %s as it is', (line) => {
  expect(logLine('onTick', line, false)).toBe(`onTick     ${line}`);
});
