/**
 * Values as Terraform sends them: cty in MessagePack (https://github.com/zclconf/go-cty/blob/main/docs/concepts.md),
 * and what a provider does to them. An object's fields that the configuration leaves out are null.
 */
import { decode, encode, ExtData } from '@msgpack/msgpack';
import type { Block, CtyType } from './schema.ts';

export type Fields = Record<string, unknown>;

const UNKNOWN = new ExtData(0, Uint8Array.of(0));

export function readValue(bytes: Uint8Array): unknown {
  return decode(bytes);
}

export function writeValue(value: unknown): Uint8Array {
  return encode(value);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExtData);
}

/** What is going to be: computed attributes that are not set are unknown until applied. */
export function planNew(block: Block, proposed: unknown): unknown {
  return fill(block, proposed, () => UNKNOWN);
}

/** What has become: every unknown has some value of its type. */
export function applyPlanned(block: Block, planned: unknown, name: string): unknown {
  return fill(block, planned, (type, attribute) => sample(type, `${name}.${attribute}`));
}

/** Gives a value to each computed attribute that has none yet. */
function fill(block: Block, value: unknown, valueOf: (type: CtyType, attribute: string) => unknown): unknown {
  if (!isFields(value)) return value;
  const filled: Fields = {};
  for (const [name, [type, use]] of Object.entries(block.attributes)) {
    const given = value[name] ?? null;
    const open = given === null || given instanceof ExtData;
    filled[name] = open && (use.endsWith('c') || given !== null) ? valueOf(type, name) : given;
  }
  for (const [name, nested] of Object.entries(block.blocks)) {
    const given = value[name];
    const within = (one: unknown) =>
      fill(nested, one, (type, attribute) => valueOf(type, `${name}.${attribute}`));
    filled[name] = Array.isArray(given) ? given.map(within) : within(given);
  }
  return filled;
}

function sample(type: CtyType, name: string): unknown {
  if (type === 'number') return 1;
  if (type === 'bool') return false;
  if (type === 'string') return name;
  return type[0] === 'map' ? {} : [];
}
