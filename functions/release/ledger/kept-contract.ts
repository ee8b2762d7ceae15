/**
 * What a ledger keeps of a release's contract: the inputs and outputs of its model, and the interface of its service at
 * that time. A ledger holds three of them, and has a bound: what is small stands there as it is, so that older builds
 * can read it, what is larger is packed, and of what is too large even then the digests remain.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Type } from 'typebox';
import type { Interface } from '../../../common/artifact/interface.ts';
import { readInterface } from '../../../common/artifact/interface.ts';
import { FieldSchema, toSignature, type Signature } from '../checks/signature.ts';

/** What older builds keep and read. */
const SMALL_FIELDS = 64;
const SMALL_CHARS = 8192;
const PACKED_CHARS = 40_000;
const PACKED_INTERFACE_CHARS = 12_000;
/** No signature is longer as JSON: 20,000 fields twice. */
const UNPACKED_BYTES = 16_777_216;

export const SmallSignatureSchema = Type.Object({
  inputs: Type.Array(FieldSchema, { maxItems: SMALL_FIELDS }),
  outputs: Type.Array(FieldSchema, { maxItems: SMALL_FIELDS }),
});

/** Fields of a release and of what is live. */
export const KEPT_CONTRACT = {
  /** The inputs and outputs of the artifact, where they are known and few. */
  signature: Type.Optional(SmallSignatureSchema),
  /** Else: `deflate:` and base64 of their JSON, or `sha256:` and their two digests. */
  packedSignature: Type.Optional(Type.String({ maxLength: PACKED_CHARS })),
  /** The service's interface, packed in the same way; absent: it had none. */
  packedInterface: Type.Optional(Type.String({ maxLength: PACKED_INTERFACE_CHARS })),
};

export interface KeptContract {
  readonly signature?: Signature;
  readonly packedSignature?: string;
  readonly packedInterface?: string;
}

/** Inputs and outputs that are known to be the same or others, and no more of them. */
export interface SignatureDigests {
  readonly inputsDigest: string;
  readonly outputsDigest: string;
}

export function keepContract(signature: Signature | null, contract: Interface | null): KeptContract {
  return {
    ...(signature !== null && keepSignature(signature)),
    ...(contract !== null && { packedInterface: packed(withoutDescriptions(contract)) }),
  };
}

/** Only what is kept of a contract, without the rest of the release that it stands in. */
export function contractOf({ signature, packedSignature, packedInterface }: KeptContract): KeptContract {
  return {
    ...(signature !== undefined && { signature }),
    ...(packedSignature !== undefined && { packedSignature }),
    ...(packedInterface !== undefined && { packedInterface }),
  };
}

/** The rest of a release: its artifact may be another one by now. */
export function withoutContract<T extends KeptContract>(release: T): Omit<T, keyof KeptContract> {
  const { signature: _, packedSignature: _packed, packedInterface: _interface, ...rest } = release;
  return rest;
}

/** Null: not known. */
export function keptSignature({
  signature,
  packedSignature,
}: KeptContract): Signature | SignatureDigests | null {
  if (signature !== undefined) return signature;
  if (packedSignature === undefined) return null;
  const [, inputsDigest, outputsDigest] = /^sha256:(\w{64}):(\w{64})$/.exec(packedSignature) ?? [];
  if (inputsDigest !== undefined && outputsDigest !== undefined) return { inputsDigest, outputsDigest };
  return toSignature(unpacked(packedSignature));
}

/** Null: it had none. */
export function keptInterface({ packedInterface }: KeptContract): Interface | null {
  return packedInterface === undefined ? null : readInterface(JSON.stringify(unpacked(packedInterface)));
}

export function digestsOf({ inputs, outputs }: Signature): SignatureDigests {
  return { inputsDigest: digest(inputs), outputsDigest: digest(outputs) };
}

function keepSignature(signature: Signature): KeptContract {
  const { inputs, outputs } = signature;
  const isSmall = inputs.length <= SMALL_FIELDS && outputs.length <= SMALL_FIELDS;
  if (isSmall && JSON.stringify(signature).length <= SMALL_CHARS) return { signature };
  const text = packed(signature);
  if (text.length <= PACKED_CHARS) return { packedSignature: text };
  const { inputsDigest, outputsDigest } = digestsOf(signature);
  return { packedSignature: `sha256:${inputsDigest}:${outputsDigest}` };
}

function withoutDescriptions(contract: Interface): Interface {
  return JSON.parse(
    // A field of the request may be called so: that one is an object.
    JSON.stringify(contract, (key, value: unknown) =>
      key === 'description' && typeof value === 'string' ? undefined : value,
    ),
  );
}

function packed(value: object): string {
  return `deflate:${deflateRawSync(JSON.stringify(value), { level: 9 }).toString('base64')}`;
}

/** Null: it is nothing that was packed here. */
function unpacked(text: string): unknown {
  if (!text.startsWith('deflate:')) return null;
  try {
    const bytes = Buffer.from(text.slice('deflate:'.length), 'base64');
    return JSON.parse(inflateRawSync(bytes, { maxOutputLength: UNPACKED_BYTES }).toString('utf8'));
  } catch {
    return null;
  }
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
