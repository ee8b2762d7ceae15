/**
 * A Terraform provider's schema as a file of JSON lines: the first names the provider and its version, each other
 * one describes a resource or a data source. Written by extract-schema.ts, served by schema-provider.ts.
 */
import { readFileSync } from 'node:fs';

/** A type in cty's JSON form: "string", ["list", "string"], ["object", {"a": "number"}]. */
export type CtyType =
  | string
  | readonly ['list' | 'set' | 'map', CtyType]
  | readonly ['object', { readonly [name: string]: CtyType }];

/** r required · o optional · c computed · oc optional, and computed if it is not set. */
export type Use = 'r' | 'o' | 'c' | 'oc';

export interface Block {
  readonly attributes: { readonly [name: string]: readonly [CtyType, Use] };
  readonly blocks: { readonly [name: string]: NestedBlock };
}

export interface NestedBlock extends Block {
  readonly nesting: 'single' | 'list' | 'set';
  readonly min?: number;
  readonly max?: number;
}

export interface DescribedType extends Block {
  readonly kind: 'provider' | 'resource' | 'data';
  readonly type: string;
}

export interface ProviderSchema {
  /** Such as `hashicorp/google`. */
  readonly source: string;
  readonly version: string;
  readonly types: readonly DescribedType[];
}

/** Each has a file NAME.jsonl beside this one. */
export const PROVIDERS: readonly string[] = ['google', 'time'];

export function readSchema(provider: string): ProviderSchema {
  const file = new URL(`${provider}.jsonl`, import.meta.url);
  const [head, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const { source, version } = JSON.parse(head ?? '');
  return { source, version, types: lines.map((line) => JSON.parse(line)) };
}
