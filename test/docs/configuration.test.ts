/** docs/configuration.md and slipway.schema.json: every field is there, and what they say is what the functions do. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Compile as compileJsonSchema } from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ConfigSchema } from '../../functions/config/schema.ts';
import { parseConfig, type Config } from '../../functions/config/config.ts';
import { configJsonSchema } from '../../scripts/docs/config-json-schema.ts';
import { fieldsOf, type Field } from '../../scripts/docs/fields.ts';
import { ROOT } from '../../scripts/docs/generated.ts';

const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
const read = (path: string) => readFileSync(`${ROOT}${path}`, 'utf8');
const fields = fieldsOf(ConfigSchema);
const leaves = fields.filter(({ isBlock }) => !isBlock);
const schema = compileJsonSchema(configJsonSchema());

const TOP = { project: 'my-project', region: 'us-central1', state: 'my-project-slipway-state' };
const requiredOf = (name: string) => ({
  artifacts: `gs://models/${name}/*/model.onnx`,
  image: 'us-docker.pkg.dev/p/r/i',
  endpoint: name,
});
const CHURN = requiredOf('churn');

function config(service: object, top: object = {}): Config {
  return parseConfig(JSON.stringify({ ...TOP, ...top, services: { churn: { ...CHURN, ...service } } }));
}

describe('every field', () => {
  it.each(fields)('$path says what it is for, and what its absence means', (field: Field) => {
    const { description, absent, examples } = field.schema;
    expect(description).toMatch(/^[A-Z`].*\.$/);
    const isStated = absent !== undefined || field.schema.default !== undefined;
    expect([field.isRequired, isStated]).toContainEqual(true);
    expect(field.isRequired && isStated).toBe(false);
    expect(field.isBlock || (examples ?? []).length > 0).toBe(true);
  });

  it.each(leaves)('$path has an example that is a value of it', ({ schema, path }: Field) => {
    for (const example of schema.examples ?? [])
      expect(compileJsonSchema(schema).Check(example), `${path}: ${JSON.stringify(example)}`).toBe(true);
  });
});

describe('defaults', () => {
  /** What a block's fields are without being given. */
  const defaultsOf = (block: string) =>
    Object.fromEntries(
      fields
        .filter(({ path, schema }) => schema.default !== undefined && path.startsWith(`${block}.`))
        .map(({ path, schema }) => [path.slice(block.length + 1), schema.default] as const)
        .filter(([name]) => !name.includes('.')),
    );
  const SERVICE = 'services.NAME';
  const GATES = `${SERVICE}.rollout.gates`;

  it('of a service are those that are stated', () => {
    const stated = {
      ...defaultsOf(SERVICE),
      serving: defaultsOf(`${SERVICE}.serving`),
      rollout: { ...defaultsOf(`${SERVICE}.rollout`), gates: defaultsOf(GATES) },
    };
    expect(Object.keys(stated.serving).length).toBeGreaterThan(3);
    expect(config(stated)).toEqual(config({}));
  });

  it.each(['golden', 'comparison', 'metrics'])('of the gate %s are those that are stated', (gate) => {
    const canary = { strategy: 'canary', steps: [{ traffic: 5 }] };
    const required = gate === 'comparison' ? { maxDifference: 1 } : {};
    const withGate = (values: object) =>
      config({ rollout: { ...canary, gates: { [gate]: { ...required, ...values } } } });
    const stated = defaultsOf(`${GATES}.${gate}`);
    expect(Object.keys(stated).length).toBeGreaterThan(0);
    expect(withGate(stated)).toEqual(withGate({}));
  });

  it('of topics are those that are stated', () => {
    expect(config({}, { topics: defaultsOf('topics') })).toEqual(config({}));
  });
});

describe('configurations of the repository', () => {
  const files = tracked.filter((path) =>
    /(^|\/)slipway\.yaml$|^terraform\/tests\/fixtures\/.*\.yaml$/.test(path),
  );
  const blocks = tracked
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) =>
      [...read(path).matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ''], i) => ({ path, i, text })),
    );

  it.each(files)('%s is one by the JSON Schema', (path) => {
    expect(schema.Errors(parse(read(path)))).toEqual([true, []]);
  });

  it.each(blocks)('block $i of $path is one by the JSON Schema, and by the functions', ({ text }) => {
    const { services, ...top }: { services?: Record<string, object> } = parse(text);
    // Some show a part of a service: what is required stands elsewhere on the page.
    const whole = Object.entries(services ?? {}).map(([name, part]) => [
      name,
      { ...requiredOf(name), ...part },
    ]);
    const block = { ...TOP, ...top, services: Object.fromEntries(whole) };
    expect(schema.Errors(block)).toEqual([true, []]);
    expect(parseConfig(JSON.stringify(block)).services.size).toBeGreaterThan(0);
  });

  it('name the JSON Schema in their first line, for editors', () => {
    const own = tracked.filter((path) => /(^|\/)slipway\.yaml$/.test(path));
    expect(own.length).toBeGreaterThan(1);
    for (const path of own) {
      const [, named = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(read(path)) ?? [];
      expect(new URL(named, `file:///${path}`).pathname).toBe('/slipway.schema.json');
    }
    expect(blocks.length).toBeGreaterThan(2);
  });

  it('are refused by the JSON Schema with a field that is none', () => {
    const [isValid] = schema.Errors({ ...TOP, services: { churn: { ...CHURN, imagee: 'x' } } });
    expect(isValid).toBe(false);
  });
});

it('names every variable that the functions read, and predictor.md those that they set for the predictor', () => {
  const sources = tracked.filter((path) => /^functions\/.*\.ts$/.test(path));
  const named = new Set(
    sources.flatMap((path) => [...read(path).matchAll(/'(SLIPWAY_[A-Z_]+)'/g)].map(([, name]) => name)),
  );
  const page = read('docs/configuration.md') + read('docs/predictor.md');
  expect(named.size).toBeGreaterThan(4);
  expect([...named].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
