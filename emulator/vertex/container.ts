/** What a deployed model runs in. The emulator's own are child processes; a test may bring something lighter. */
export interface ContainerSpec {
  readonly imageUri: string;
  /** The arguments of the model's container, after those of the image's command. */
  readonly args: readonly string[];
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

export interface Container {
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
