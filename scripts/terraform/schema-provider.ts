/**
 * Terraform providers that know the schema of the Google provider and of the time provider, and what Google's refuses
 * beyond its schema (problems.ts). With them the real `terraform` validates, tests, plans and applies to a local
 * state, without a provider's binary, a registry or credentials: what is computed becomes known at apply, and nothing
 * is ever called.
 *
 * Run by itself it prints the variable that makes Terraform use them, and serves until it is ended:
 *
 *   npx node scripts/terraform/schema-provider.ts
 *
 * What it cannot see are arguments that conflict, and what Google's APIs find out for themselves.
 */
import { readFileSync } from 'node:fs';
import { Server, ServerCredentials, type MethodDefinition } from '@grpc/grpc-js';
import { protobuf } from 'google-gax';
import { computedOf } from './computed.ts';
import { findProblems, refusedAtApply } from './problems.ts';
import { PROVIDERS, readSchema, type Block, type DescribedType, type ProviderSchema } from './schema.ts';
import {
  applyPlanned,
  changedIdentity,
  isFields,
  planNew,
  readValue,
  writeValue,
  type Fields,
} from './values.ts';

const PROTO = readFileSync(new URL('plugin.proto', import.meta.url), 'utf8');
const NESTING = { single: 1, list: 2, set: 3 };

export interface SchemaProvider {
  /** The value of TF_REATTACH_PROVIDERS. */
  readonly reattach: string;
  close(): void;
}

/** Serves each provider on a free port of the loopback interface. */
export async function serveSchema(): Promise<SchemaProvider> {
  const served = await Promise.all(PROVIDERS.map((provider) => serveOne(readSchema(provider))));
  return {
    reattach: JSON.stringify(Object.fromEntries(served.map(({ source, plugin }) => [source, plugin]))),
    close: () => served.forEach(({ server }) => server.forceShutdown()),
  };
}

interface Served {
  readonly source: string;
  readonly plugin: object;
  readonly server: Server;
}

async function serveOne({ source, types }: ProviderSchema): Promise<Served> {
  const { root } = protobuf.parse(PROTO, { keepCase: true });
  const service = root.resolveAll().lookupService('tfplugin5.Provider');
  const methods = new Map(Object.entries(handlers(types)));
  const definition: Record<string, MethodDefinition<Request, Fields>> = {};
  const implementation: Record<string, (call: { request: Request }, reply: Reply) => void> = {};
  for (const method of service.methodsArray) {
    definition[method.name] = define(method);
    const handle = methods.get(method.name) ?? (() => ({}));
    implementation[method.name] = ({ request }, reply) => reply(null, handle(request));
  }

  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(definition, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const address = { Network: 'tcp', String: `127.0.0.1:${port}` };
  const plugin = { Protocol: 'grpc', ProtocolVersion: 5, Pid: process.pid, Test: true, Addr: address };
  return { source, plugin, server };
}

type Reply = (error: null, value: Fields) => void;

function define(method: protobuf.Method): MethodDefinition<Request, Fields> {
  const { resolvedRequestType: request, resolvedResponseType: response } = method;
  if (request === null || response === null) throw new Error(`expected message types of ${method.name}`);
  return {
    path: `/tfplugin5.Provider/${method.name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (value) => Buffer.from(request.encode(request.fromObject(value)).finish()),
    // The proto says what each method's request holds; the handlers read no more than that.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    requestDeserialize: (bytes) => request.toObject(request.decode(bytes)) as Request,
    responseSerialize: (value) => Buffer.from(response.encode(response.fromObject(value)).finish()),
    responseDeserialize: (bytes) => response.toObject(response.decode(bytes)),
  };
}

/** A cty value in a message. */
interface Packed {
  readonly msgpack: Uint8Array;
}

/** The fields of all requests; each has those that its method needs. */
interface Request {
  readonly type_name: string;
  readonly config: Packed;
  readonly current_state: Packed;
  readonly prior_state: Packed;
  readonly proposed_new_state: Packed;
  readonly planned_state: Packed;
  readonly raw_state: { readonly json: Uint8Array };
}

/** The methods that answer something; all others agree with whatever they are given. */
function handlers(types: readonly DescribedType[]): Record<string, (request: Request) => Fields> {
  const ofKind = (kind: string) => types.filter((type) => type.kind === kind);
  const schemas = (kind: string) =>
    Object.fromEntries(ofKind(kind).map((type) => [type.type, { block: toBlock(type) }]));
  const resources = new Map(ofKind('resource').map((type) => [type.type, type]));
  const sources = new Map(ofKind('data').map((type) => [type.type, type]));
  let project = '';
  const applied = (described: DescribedType, planned: unknown) => {
    const given = isFields(planned) ? planned : {};
    return pack(applyPlanned(described, planned, described.type, computedOf(described.type, given, project)));
  };

  return {
    GetSchema: () => ({
      provider: { block: toBlock(ofKind('provider')[0] ?? { attributes: {}, blocks: {} }) },
      resource_schemas: schemas('resource'),
      data_source_schemas: schemas('data'),
    }),
    ValidateResourceTypeConfig: ({ type_name, config }) => ({
      diagnostics: findProblems(type_name, unpack(config)).map(({ path, detail }) => ({
        ...refusal(`invalid value for ${path.join('.')}`, detail),
        attribute: { steps: path.slice(0, 1).map((name) => ({ attribute_name: name })) },
      })),
    }),
    PrepareProviderConfig: ({ config }) => ({ prepared_config: config }),
    Configure: ({ config }) => {
      const given = unpack(config);
      if (isFields(given) && typeof given['project'] === 'string') project = given['project'];
      return {};
    },
    UpgradeResourceState: ({ raw_state }) => ({
      upgraded_state: pack(JSON.parse(Buffer.from(raw_state.json).toString('utf8'))),
    }),
    ReadResource: ({ current_state }) => ({ state: current_state }),
    ReadDataSource: ({ type_name, config }) => ({
      state: applied(find(sources, type_name), unpack(config)),
    }),
    PlanResourceChange: ({ type_name, prior_state, proposed_new_state }) => ({
      planned_state: pack(planNew(find(resources, type_name), unpack(proposed_new_state))),
      requires_replace: changedIdentity(unpack(prior_state), unpack(proposed_new_state)).map((name) => ({
        steps: [{ attribute_name: name }],
      })),
      legacy_type_system: true,
    }),
    ApplyResourceChange: ({ type_name, planned_state, prior_state }) => {
      const planned = unpack(planned_state);
      const refused = refusedAtApply(type_name, planned);
      if (refused !== null) return { new_state: prior_state, diagnostics: [refusal(refused, '')] };
      return {
        new_state: applied(find(resources, type_name), planned),
        legacy_type_system: true,
      };
    },
  };
}

function refusal(summary: string, detail: string): Fields {
  return { severity: 1, summary, detail };
}

function pack(value: unknown): Packed {
  return { msgpack: writeValue(value) };
}

function unpack(packed: Packed): unknown {
  return readValue(packed.msgpack);
}

function find(types: ReadonlyMap<string, DescribedType>, name: string): DescribedType {
  const type = types.get(name);
  if (type === undefined) throw new Error(`expected a type of the schema, got ${name}`);
  return type;
}

function toBlock(block: Block): Fields {
  return {
    attributes: Object.entries(block.attributes).map(([name, [type, use]]) => ({
      name,
      type: Buffer.from(JSON.stringify(type)),
      required: use === 'r',
      optional: use.startsWith('o'),
      computed: use.endsWith('c'),
    })),
    block_types: Object.entries(block.blocks).map(([name, nested]) => ({
      type_name: name,
      block: toBlock(nested),
      nesting: NESTING[nested.nesting],
      min_items: nested.min ?? 0,
      max_items: nested.nesting === 'single' ? 0 : (nested.max ?? 0),
    })),
  };
}

if (import.meta.main) {
  const { reattach } = await serveSchema();
  console.log(`export TF_REATTACH_PROVIDERS='${reattach}'`);
}
