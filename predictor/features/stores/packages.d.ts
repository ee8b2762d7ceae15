/**
 * What the stores use of their clients. Declared here, so that the sources compile where those are not installed; the
 * contract suite (test/contract/stores.test.ts) runs against the packages themselves.
 */
declare module 'pg' {
  import type { EventEmitter } from 'node:events';

  export interface PoolConfig {
    readonly host?: string;
    readonly port?: number;
    readonly database?: string;
    readonly user?: string;
    readonly password?: string;
    readonly ssl?: boolean;
    readonly stream?: unknown;
    readonly max?: number;
    readonly connectionTimeoutMillis?: number;
    readonly idleTimeoutMillis?: number;
    readonly keepAlive?: boolean;
    readonly application_name?: string;
  }

  interface Query {
    readonly text: string;
    readonly values?: readonly unknown[];
    readonly name?: string;
  }

  interface Queryable {
    query(query: Query & { readonly rowMode: 'array' }): Promise<{ readonly rows: unknown[][] }>;
    query(query: Query | string): Promise<{ readonly rows: Readonly<Record<string, unknown>>[] }>;
  }

  export interface PoolClient extends Queryable {
    /** With an error, or true: the connection is closed. */
    release(error?: Error | boolean): void;
  }

  export interface Pool extends Queryable, EventEmitter {
    connect(): Promise<PoolClient>;
    end(): Promise<void>;
  }

  export interface Client extends Queryable, EventEmitter {
    connect(): Promise<void>;
    end(): Promise<void>;
  }

  const pg: {
    readonly Pool: new (config: PoolConfig) => Pool;
    readonly Client: new (config: PoolConfig) => Client;
  };
  export default pg;
}

declare module '@google-cloud/cloud-sql-connector' {
  export const AuthTypes: { readonly IAM: 'IAM'; readonly PASSWORD: 'PASSWORD' };
  export const IpAddressTypes: { readonly PUBLIC: 'PUBLIC' };
  export class Connector {
    getOptions(options: {
      readonly instanceConnectionName: string;
      readonly ipType: 'PUBLIC';
      readonly authType: 'IAM' | 'PASSWORD';
    }): Promise<{ readonly stream: () => unknown }>;
    close(): void;
  }
}

declare module '@google-cloud/firestore' {
  export interface FirestoreOptions {
    readonly projectId: string;
    readonly databaseId: string;
    readonly [option: `grpc.${string}`]: number;
  }
  export interface DocumentReference {
    get(): Promise<DocumentSnapshot>;
    set(data: object): Promise<unknown>;
    delete(): Promise<unknown>;
  }
  export interface CollectionReference {
    readonly id: string;
    doc(id: string): DocumentReference;
    limit(count: number): { get(): Promise<{ readonly empty: boolean }> };
  }
  export interface DocumentSnapshot {
    readonly exists: boolean;
    readonly updateTime?: { toMillis(): number };
    data(): Readonly<Record<string, unknown>> | undefined;
  }
  export class FieldPath {
    constructor(...names: string[]);
    isEqual(other: FieldPath): boolean;
  }
  export class Timestamp {
    static fromMillis(ms: number): Timestamp;
    toMillis(): number;
  }
  export class Firestore {
    constructor(options: FirestoreOptions);
    collection(path: string): CollectionReference;
    recursiveDelete(collection: CollectionReference): Promise<void>;
    batch(): {
      delete(document: DocumentReference): unknown;
      set(document: DocumentReference, data: object, options: { readonly merge: boolean }): unknown;
      commit(): Promise<unknown>;
    };
    getAll(...documents: (DocumentReference | { fieldMask: FieldPath[] })[]): Promise<DocumentSnapshot[]>;
    terminate(): Promise<void>;
  }
}
