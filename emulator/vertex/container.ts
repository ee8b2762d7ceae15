import type { Clock } from '../core/clock.ts';

/** What a deployed model runs in. The emulator's own are child processes; a test may bring something lighter. */
export interface ContainerSpec {
  readonly imageUri: string;
  /** What the model runs instead of the image's own command, as it stands in the model; empty: the image's. */
  readonly command: readonly string[];
  /** The arguments of the model's container, after those of the command. References to AIP_HTTP_PORT are not resolved. */
  readonly args: readonly string[];
  /** The port that the model names: what the process listens on stands for it. */
  readonly port: number;
  /** The AIP_* variables and the model's own. AIP_HTTP_PORT is set by the runtime. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes every line that the container writes. */
  readonly log: (line: LogLine) => void;
}

export interface LogLine {
  /** RFC 3339. */
  readonly timestamp: string;
  readonly stream: 'stdout' | 'stderr' | 'vertex';
  readonly text: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** What a probe asks. Without `port`, HTTP asks where predictions go. */
export type ProbeAction =
  | {
      readonly kind: 'http';
      readonly path: string;
      readonly port?: number;
      readonly isTls?: boolean;
      readonly headers?: readonly (readonly [name: string, value: string])[];
      /** The one status that is a success; undefined: 200 to 399. */
      readonly exactly?: number;
    }
  | { readonly kind: 'tcp'; readonly port: number }
  | { readonly kind: 'grpc'; readonly port: number; readonly service: string }
  | { readonly kind: 'exec'; readonly command: readonly string[] };

export interface Container {
  /** Absent: it has no ports to probe, and runs no commands. */
  readonly host?: { probe(action: ProbeAction, timeoutMs: number, clock: Clock): Promise<boolean> };
  /** Resolves when the container has ended, with words on how. Never rejects. */
  readonly exited: Promise<string>;
  /** Rejects with NoAnswer when the time is over, with another error when the connection fails. */
  request(call: {
    method: 'GET' | 'POST';
    path: string;
    timeoutMs: number;
    contentType?: string;
    body?: Buffer;
  }): Promise<HttpAnswer>;
  /** SIGTERM, and SIGKILL after `graceMs`. Resolves once it has ended. */
  stop(graceMs: number): Promise<void>;
}

export interface ContainerRuntime {
  /** Whether the image can be run. */
  has(imageUri: string): boolean;
  start(spec: ContainerSpec): Promise<Container>;
  /** Ends every container at once. */
  close(): Promise<void>;
}

export class NoAnswer extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.name = 'NoAnswer';
  }
}
