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

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExtData);
}

/** What is going to be: computed attributes that are not set are unknown until applied. */
export function planNew(block: Block, proposed: unknown): unknown {
  return fill(block, proposed, () => UNKNOWN);
}

/** What has become: every unknown has some value of its type, the one of `computed` where there is one for its path. */
export function applyPlanned(block: Block, planned: unknown, name: string, computed: Fields): unknown {
  return fill(
    block,
    planned,
    (type, attribute) => computed[attribute] ?? sample(type, `${name}.${attribute}`),
  );
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

/** Arguments that name a resource or what it belongs to: a change of one is another resource. */
const IDENTITY = [
  'account_id',
  'bucket',
  'location',
  'member',
  'name',
  'project',
  'repository',
  'repository_id',
  'role',
  'role_id',
  'service_account_id',
  'source',
  'topic',
  'triggers',
];

/** Which of a resource's identifying arguments are planned to change. None for a resource that is new or to go. */
export function changedIdentity(prior: unknown, proposed: unknown): string[] {
  if (!isFields(prior) || !isFields(proposed)) return [];
  return IDENTITY.filter((name) => {
    const [before, after] = [prior[name] ?? null, proposed[name] ?? null];
    return before !== null && after !== null && JSON.stringify(before) !== JSON.stringify(after);
  });
}

function sample(type: CtyType, name: string): unknown {
  if (type === 'number') return 1;
  if (type === 'bool') return false;
  if (type === 'string') return name;
  return type[0] === 'map' ? {} : [];
}
