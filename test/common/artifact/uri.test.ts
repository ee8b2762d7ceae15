import { expect, it } from 'vitest';
import { folderOf, folderPrefix, parseUri, uriOf } from '../../../common/artifact/uri.ts';

it('is read as it was written', () => {
  const artifact = { bucket: 'models', marker: 'churn/v7/model#1.onnx', generation: '123' };
  expect(parseUri(uriOf(artifact))).toEqual(artifact);
});

it.each([
  '',
  'models/churn#1',
  'gs://models/churn',
  'gs://models/#1',
  'gs://models/churn#-1',
  'gs://models/churn#1x',
])('is not %j', (uri) => expect(parseUri(uri)).toBeNull());

it('has a folder', () => {
  expect(folderOf('models', 'churn/v7/model.onnx')).toBe('gs://models/churn/v7');
  expect(folderPrefix('churn/v7/model.onnx')).toBe('churn/v7/');
  expect(folderPrefix('model.onnx')).toBe('');
});
