/**
 * Writes NAME.jsonl: the schema of a provider (google, time) for the types that terraform/ uses. The providers
 * themselves are binaries that need a registry, Google's one of 100 MB; their schemas are also in the bindings that
 * cdktn generates from the real providers (https://pypi.org/project/cdktn-provider-google), which pip downloads:
 *
 *   dir=$(mktemp -d)
 *   python3 -m pip download --no-deps --dest "$dir" cdktn-provider-google==20.3.1
 *   unzip -p "$dir"/*.whl 'cdktn_provider_google/_jsii/*.tgz' | tar -xz -C "$dir"
 *   npx node scripts/terraform/extract-schema.ts google "$dir/package"
 *
 * Release 20.3.1 describes google 7.46.1, the newest below 8; cdktn-provider-time 14.0.2 describes time 0.14.2.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModules } from './modules.ts';
import {
  PROVIDERS,
  type Block,
  type CtyType,
  type DescribedType,
  type NestedBlock,
  type Use,
} from './schema.ts';

/** A generated module: its classes with their bodies, and per class which of its members are blocks. */
interface Source {
  readonly classes: ReadonlyMap<string, string>;
  readonly functions: ReadonlyMap<string, string>;
}

const SIMPLE = new Map<string, CtyType>([
  ['getStringAttribute', 'string'],
  ['getNumberAttribute', 'number'],
  ['getBooleanAttribute', 'bool'],
  ['getStringMapAttribute', ['map', 'string']],
  ['getListAttribute', ['list', 'string']],
  ['getNumberListAttribute', ['list', 'number']],
  ['StringMap', ['map', 'string']],
  ['BooleanMap', ['map', 'bool']],
  ['NumberMap', ['map', 'number']],
]);

function parse(text: string): Source {
  const classes = new Map<string, string>();
  for (const [, name = '', body = ''] of text.matchAll(/^class (\w+) extends [^\n]*\n([\s\S]*?)^}/gm)) {
    classes.set(name, body);
  }
  const functions = new Map<string, string>();
  for (const [, name = '', body = ''] of text.matchAll(
    /^function (\w+)ToHclTerraform\([^\n]*\n([\s\S]*?)^}/gm,
  )) {
    functions.set(name.toLowerCase(), body);
  }
  return { classes, functions };
}

interface Written {
  readonly isBlock: boolean;
  /** simple, list, set, map or struct. */
  readonly collection: string;
  /** Such as string, boolean or stringList. */
  readonly storage: string;
}

/** How the generated code writes each member as HCL. */
function hclOf(text: string): Map<string, Written> {
  const entry =
    /(\w+): \{\s+value: [^\n]+\s+isBlock: (true|false),\s+type: "(\w+)",\s+storageClassType: "(\w+)"/g;
  const members = new Map<string, Written>();
  for (const [, name = '', isBlock, collection = '', storage = ''] of text.matchAll(entry)) {
    members.set(name, { isBlock: isBlock === 'true', collection, storage });
  }
  return members;
}

function describe(source: Source, className: string, hclText: string): Block {
  const hcl = hclOf(hclText);
  const attributes: Record<string, [CtyType, Use]> = {};
  const blocks: Record<string, NestedBlock> = {};
  const body = source.classes.get(className);
  if (body === undefined) throw new Error(`expected a class ${className}`);
  for (const member of body.split(/(?=^ {4}\/\/ \w+ - computed: )/m)) {
    const use = /^ {4}\/\/ (\w+) - computed: (\w+), optional: (\w+), required: (\w+)/.exec(member);
    if (use === null) continue;
    const [, name = '', computed, optional, required] = use;
    const nested = /new (\w+?)(OutputReference|List)\(this, "\w+"(?:, (true|false))?\)/.exec(member);
    if (nested === null) {
      attributes[name] = [simpleType(member, name), useOf(computed, optional, required)];
      continue;
    }
    const [, struct = '', wrapper, isSet] = nested;
    const inner = describe(
      source,
      `${struct}OutputReference`,
      source.functions.get(struct.toLowerCase()) ?? '',
    );
    const written = hcl.get(name);
    if (written?.isBlock === true) {
      const nesting =
        written.collection === 'struct' ? 'single' : written.collection === 'set' ? 'set' : 'list';
      const one = wrapper === 'OutputReference' && nesting !== 'single';
      blocks[name] = { nesting, ...(required === 'true' && { min: 1 }), ...(one && { max: 1 }), ...inner };
    } else {
      const collection = isSet === 'true' || written?.collection === 'set' ? 'set' : 'list';
      attributes[name] = [[collection, objectOf(inner)], useOf(computed, optional, required)];
    }
  }
  return { attributes, blocks };
}

function simpleType(member: string, name: string): CtyType {
  const [, getter = ''] =
    /(?:this\.|cdktn\.)(get\w+Attribute|(?:String|Boolean|Number)Map)\(/.exec(member) ?? [];
  const type = SIMPLE.get(getter);
  if (type === undefined) throw new Error(`expected a getter of ${name}, got ${member.slice(0, 300)}`);
  return member.includes('Fn.tolist(') && typeof type !== 'string' ? (['set', 'string'] as const) : type;
}

function useOf(computed?: string, optional?: string, required?: string): Use {
  if (required === 'true') return 'r';
  if (optional === 'true') return computed === 'true' ? 'oc' : 'o';
  return 'c';
}

function objectOf(block: Block): CtyType {
  const attributes = Object.entries(block.attributes).map(([name, [type]]) => [name, type]);
  return ['object', Object.fromEntries(attributes)];
}

function extract(folder: string, provider: string, kind: DescribedType['kind'], type: string): DescribedType {
  const text = readFileSync(join(folder, 'lib', bindingOf(provider, kind, type), 'index.js'), 'utf8');
  const main = /^class (\w+) extends cdktn\.Terraform(?:Resource|DataSource|Provider)/m.exec(text)?.[1] ?? '';
  const source = parse(text);
  const body = source.classes.get(main) ?? '';
  const hclText = body.slice(body.indexOf('synthesizeHclAttributes'));
  const block = kind === 'provider' ? describeProvider(hclText) : describe(source, main, hclText);
  return { kind, type, ...block };
}

/** The provider's own arguments have no getters; its blocks and its hundreds of endpoints are of no use here. */
function describeProvider(hclText: string): Block {
  const types = new Map<string, CtyType>([
    ['boolean', 'bool'],
    ['stringMap', ['map', 'string']],
    ['stringList', ['list', 'string']],
  ]);
  const attributes: Record<string, [CtyType, Use]> = {};
  for (const [name, { isBlock, storage }] of hclOf(hclText)) {
    if (!isBlock && name !== 'alias' && !name.endsWith('_custom_endpoint'))
      attributes[name] = [types.get(storage) ?? 'string', 'o'];
  }
  return { attributes, blocks: {} };
}

function bindingOf(provider: string, kind: DescribedType['kind'], type: string): string {
  if (kind === 'provider') return 'provider';
  const name = type.slice(provider.length + 1).replaceAll('_', '-');
  return kind === 'data' ? `data-${provider}-${name}` : name;
}

/** The provider itself, and the types of it that terraform/ names. */
function usedTypes(provider: string): { kind: DescribedType['kind']; type: string }[] {
  const declared = [...readModules().matchAll(/^(resource|data) "([a-z]+)_(\w+)"/gm)];
  const own = declared.filter(([, , prefix]) => prefix === provider);
  const keys = [...new Set(own.map(([, keyword, , rest]) => `${keyword} ${provider}_${rest}`))].toSorted();
  const types = keys.map((key) => {
    const [keyword, type = ''] = key.split(' ');
    return { kind: keyword === 'data' ? ('data' as const) : ('resource' as const), type };
  });
  return [{ kind: 'provider', type: provider }, ...types];
}

function main(provider = '', folder = ''): void {
  if (!PROVIDERS.includes(provider) || folder === '') {
    throw new Error(`usage: extract-schema.ts ${PROVIDERS.join('|')} FOLDER, that of the unpacked package`);
  }
  const binding = readFileSync(join(folder, 'lib/provider/index.js'), 'utf8');
  const version = /providerVersion: '([\d.]+)'/.exec(binding)?.[1];
  const types = usedTypes(provider).map(({ kind, type }) => extract(folder, provider, kind, type));
  const head = { source: `hashicorp/${provider}`, version };
  const lines = [head, ...types].map((value) => JSON.stringify(value));
  writeFileSync(new URL(`${provider}.jsonl`, import.meta.url), `${lines.join('\n')}\n`);
  console.log(`${provider} ${version}: ${types.length - 1} types`);
}

main(process.argv[2], process.argv[3]);
