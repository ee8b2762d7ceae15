import { expect, it } from 'vitest';
import { bytes, duration, median, moment, nameOf, printable } from '../../../cli/terminal/words.ts';
import { parseUri } from '../../../common/artifact/uri.ts';
import { parsePattern, type ArtifactPattern } from '../../../functions/config/pattern.ts';

it.each([
  [-5, '0 s'],
  [499, '0 s'],
  [850, '1 s'],
  [59_400, '59 s'],
  [59_600, '1 m'],
  [192_000, '3 m 12 s'],
  [3_600_000, '1 h'],
  [3_900_000, '1 h 5 m'],
  [47 * 3_600_000, '47 h'],
  [51 * 3_600_000, '2 d 3 h'],
])('tells %i ms as %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it.each([
  [[], null],
  [[7], 7],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
])('takes the middle of %j', (values, middle) => {
  expect(median(values)).toBe(middle);
});

it.each([
  ['gs://models/churn/*/model.onnx', 'churn/v7/model.onnx', 'v7'],
  ['gs://models/*/*/export/model.onnx', 'eu/v7/export/model.onnx', 'eu/v7'],
  // The pattern has changed since the artifact was released.
  ['gs://models/churn/*/model.onnx', 'old/churn/v7/model.onnx', 'gs://models/old/churn/v7'],
])('names the artifact of %s by what stands for the star', (text, marker, name) => {
  expect(nameOf(parsePattern(text) as ArtifactPattern, { bucket: 'x', marker })).toBe(name);
});

it('parts the URI of a marker, and takes nothing else for one', () => {
  expect(parseUri('gs://b/a#b/model.onnx#12')).toEqual({
    bucket: 'b',
    marker: 'a#b/model.onnx',
    generation: '12',
  });
  for (const text of ['', 'gs://b/model.onnx', 'gs://b/#1', 'https://b/model.onnx#1', 'gs://b/m#-1'])
    expect(parseUri(text)).toBeNull();
});

it('keeps the text of others on one line, without escapes', () => {
  expect(printable(' two\nlines\tand \u001b[31mred\u202e ')).toBe('two lines and �[31mred�');
});

it('tells moments in UTC', () => {
  expect(moment(Date.UTC(2026, 10, 23, 18, 4, 9, 750))).toBe('2026-11-23 18:04:09Z');
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1044, '1.0 kB'],
  [9_949, '9.9 kB'],
  [52_623, '53 kB'],
  [999_949, '1.0 MB'],
  [1_500_000_000, '1.5 GB'],
  [2e15, '2000 TB'],
])('%i bytes are %s', (count, text) => {
  expect(bytes(count)).toBe(text);
});
