/**
 * The worked example: callers of the breast-cancer model send measurements by name, in any order, and get the
 * diagnosis as a word, cut at a threshold of their choice.
 *
 *   {"instances": [{"measurements": {"mean radius": 17.99, …}}], "parameters": {"threshold": 0.9}}
 *   {"predictions": [{"diagnosis": "malignant", "probability": 0.97}]}
 *
 * The names and their order come with the artifact, in `columns.json`.
 */
import { defineHandler } from '../handler.ts';

const DEFAULT_THRESHOLD = 0.5;

export default defineHandler<readonly string[]>({
  parameters: ['threshold'],

  async load(files) {
    const bytes = await files.read('columns.json');
    if (bytes === null) throw new Error('expected columns.json in the artifact, got none');
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  },

  before({ instances, state: columns, refuse }) {
    return instances.map((instance, index) => {
      const measurements = field(instance, 'measurements');
      return columns.map((column) => {
        const value = field(measurements, column);
        return value ?? refuse(index, `a measurement "${column}"`, 'nothing');
      });
    });
  },

  after({ predictions, parameters, refuse }) {
    const threshold = parameters.get('threshold') ?? DEFAULT_THRESHOLD;
    if (typeof threshold !== 'number') return refuse(0, 'a number as parameters.threshold', typeof threshold);
    return predictions.map((prediction) => {
      // Class 0 is malignant.
      const [malignant] = probabilities(prediction);
      return { diagnosis: malignant >= threshold ? 'malignant' : 'benign', probability: malignant };
    });
  },
});

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

function probabilities(prediction: unknown): [number, number] {
  const value = field(prediction, 'probabilities');
  if (!Array.isArray(value)) throw new Error('expected the output "probabilities", got none');
  return [Number(value[0]), Number(value[1])];
}
