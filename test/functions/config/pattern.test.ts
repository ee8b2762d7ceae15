import { describe, expect, it } from 'vitest';
import {
  completes,
  declaredSignal,
  globOf,
  markerOf,
  matches,
  parsePattern,
  parsePatterns,
} from '../../../functions/config/pattern.ts';
import { folderOf } from '../../../common/artifact/uri.ts';
import type { StoredObject } from '../../../functions/world.ts';

function pattern(text = 'gs://models/churn/*/model.onnx') {
  const parsed = parsePattern(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

describe('parsePattern', () => {
  it('takes the bucket, the fixed beginning and the marker apart', () => {
    expect(pattern('gs://models/a/b/*/c/*/model.onnx')).toMatchObject({
      bucket: 'models',
      prefix: 'a/b/',
      marker: 'model.onnx',
    });
    expect(pattern('gs://models/*/model.onnx').prefix).toBe('');
  });

  it.each([
    ['s3://models/*/m', /expected gs:/],
    ['gs://models', /expected gs:/],
    ['gs://models/', /expected gs:/],
    ['gs://Models/*/m', /expected gs:/],
    ['gs://m/*/m', /expected gs:/],
    ['gs://models/churn//m', /empty/],
    ['gs://models/churn/*/', /empty/],
    ['gs://models/churn/../*/m', /empty/],
    ['gs://models/./*/m', /empty/],
    ['gs://models/churn-*/m', /whole folder/],
    ['gs://models/**/m', /whole folder/],
    ['gs://models/*/*.onnx', /whole folder/],
    ['gs://models/churn/*', /last segment/],
    ['gs://models/churn/m', /at least one/],
  ])('%s is told what is wrong', (text, problem) => {
    expect(parsePattern(text)).toMatch(problem);
  });
});

describe('matches', () => {
  it.each([
    ['churn/v1/model.onnx', true],
    ['churn/ v 1 /model.onnx', true],
    ['churn/%2e%2e/model.onnx', true],
    ['churn/__proto__/model.onnx', true],
    ['churn/v1/model.onnx.tmp', false],
    ['churn/v1/x/model.onnx', false],
    ['churn/model.onnx', false],
    ['churn//model.onnx', false],
    ['churn/./model.onnx', false],
    ['churn/../model.onnx', false],
    ['churn/\u202Ev1/model.onnx', false],
    ['churn/v\u0007/model.onnx', false],
    ['Churn/v1/model.onnx', false],
    ['churn2/v1/model.onnx', false],
    ['/churn/v1/model.onnx', false],
  ])('%j: %s', (name, expected) => {
    expect(matches(pattern(), 'models', name)).toBe(expected);
  });

  it('keeps names apart that only look the same', () => {
    const composed = pattern(`gs://models/${'é'.normalize('NFC')}/*/model.onnx`);
    expect(matches(composed, 'models', `${'é'.normalize('NFC')}/v1/model.onnx`)).toBe(true);
    expect(matches(composed, 'models', `${'é'.normalize('NFD')}/v1/model.onnx`)).toBe(false);
  });

  it('asks for the same bucket', () => {
    expect(matches(pattern(), 'models2', 'churn/v1/model.onnx')).toBe(false);
  });
});

describe('markerOf', () => {
  it.each([
    ['gs://models/churn/v1/model.onnx', 'churn/v1/model.onnx'],
    ['gs://models/churn/v1', 'churn/v1/model.onnx'],
    ['gs://models/churn/v1/', 'churn/v1/model.onnx'],
    ['gs://models/churn/v1/weights.bin', null],
    ['gs://models/churn', null],
    ['gs://models/', null],
    ['gs://models', null],
    ['gs://models2/churn/v1', null],
    ['gs://models/churn/../v1', null],
    ['churn/v1', null],
    ['', null],
  ])('%s → %s', (uri, expected) => {
    const place = expected === null ? null : { bucket: 'models', name: expected };
    expect(markerOf(pattern(), uri)).toEqual(place);
  });

  it('takes a folder that has the name of the marker for a folder', () => {
    const place = { bucket: 'models', name: 'churn/model.onnx/model.onnx' };
    expect(markerOf(pattern(), 'gs://models/churn/model.onnx')).toEqual(place);
  });
});

it('folderOf is what Vertex AI is given as artifactUri', () => {
  expect(folderOf('models', 'churn/v1/model.onnx')).toBe('gs://models/churn/v1');
});

describe('a marker that is no part of its artifact', () => {
  const objectOf = (marker: string, size: number) => ({
    bucket: 'models',
    name: `churn/v1/${marker}`,
    generation: '1',
    createdAt: 0,
    size,
    checksum: null,
    contentEncoding: null,
  });

  it.each([
    '_SUCCESS',
    '_COMPLETE',
    '_committed',
    'DONE',
    '.done',
    '.complete',
    'READY',
    'export.done',
    'done.txt',
  ])('may be empty: %s', (marker) => {
    const signal = pattern(`gs://models/churn/*/${marker}`);
    expect(completes(signal, objectOf(marker, 0))).toBe(true);
    expect(completes(signal, objectOf(marker, 1))).toBe(true);
    expect(completes(signal, objectOf('other', 0))).toBe(false);
  });

  it.each([
    'model.onnx',
    'saved_model.pb',
    'model.pkl',
    'model.joblib',
    'model.bst',
    'model.txt',
    'MLmodel',
    'model',
    'manifest.json',
    'config.pbtxt',
    'weights.safetensors',
    'ready.onnx',
    '_model.pt',
  ])('%s is content, and unfinished while it is empty', (marker) => {
    const content = pattern(`gs://models/churn/*/${marker}`);
    expect(completes(content, objectOf(marker, 0))).toBe(false);
    expect(completes(content, objectOf(marker, 1))).toBe(true);
  });
});

describe('globOf', () => {
  it.each([
    ['gs://models/churn/*/model.onnx', 'churn/*/model.onnx'],
    ['gs://models/*/v/*/_SUCCESS', '*/v/*/_SUCCESS'],
    ['gs://models/a[1]{b,c}?/*/m\\d.onnx', 'a?1??b,c??/*/m?d.onnx'],
  ])('%s → %s', (text, glob) => {
    expect(globOf(pattern(text))).toBe(glob);
  });
});

it('a marker of any name is a signal where slipway.yaml says so, and content where it says that', () => {
  const object = (name: string): StoredObject => ({
    bucket: 'models',
    name,
    generation: '1',
    createdAt: 0,
    size: 0,
    checksum: null,
    contentEncoding: null,
  });
  const of = (text: string, signal?: boolean) => {
    const parsed = parsePatterns(text, signal);
    if (typeof parsed === 'string') throw new Error(parsed);
    return parsed;
  };
  const json = object('churn/v1/model.json');
  expect(completes(of('gs://models/churn/*/model.json'), json)).toBe(false);
  expect(completes(of('gs://models/churn/*/model.json', true), json)).toBe(true);
  expect(declaredSignal(of('gs://models/churn/*/model.json', true), json)).toBe(true);
  const success = object('churn/v1/_SUCCESS');
  expect(completes(of('gs://models/churn/*/_SUCCESS', false), success)).toBe(false);
  expect(declaredSignal(of('gs://models/churn/*/_SUCCESS', true), success)).toBeUndefined();
});
