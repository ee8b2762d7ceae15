/** The rows of a job's files, in their order, in batches for the container. */
import { csvReader, jsonlReader } from './instances.ts';
import type { InstanceConfig, ReadRow, Row } from './instances.ts';
import type { InputFile } from './files.ts';
import { linesOf } from './lines.ts';
import type { Behaviour } from '../behaviour.ts';

export interface Batch {
  readonly rows: readonly Row[];
  /** Bytes of all files up to the end of its last row, about. */
  readonly end: number;
}

export interface Input {
  readonly files: readonly InputFile[];
  readonly format: 'jsonl' | 'csv';
  readonly config: InstanceConfig;
  readonly keyForm: Behaviour['batchKey'];
  readonly batchSize: number;
  /** Takes what is wrong with a file that cannot be read, or not to its end. */
  readonly unreadable: (uri: string, reason: string) => void;
}

interface Rows {
  readonly rows: readonly Row[];
  /** Bytes of the file before them, and up to their end. */
  readonly from: number;
  readonly to: number;
}

export async function* batchesOf(input: Input): AsyncGenerator<Batch> {
  let waiting: Row[] = [];
  let before = 0;
  for (const file of input.files) {
    try {
      for await (const { rows, from, to } of rowsOf(file, input)) {
        let taken = 0;
        while (waiting.length + rows.length - taken >= input.batchSize) {
          const more = input.batchSize - waiting.length;
          const batch = [...waiting, ...rows.slice(taken, taken + more)];
          taken += more;
          waiting = [];
          // Lines of about the same length: it only decides which file of results they go to.
          yield { rows: batch, end: before + from + Math.round(((to - from) * taken) / rows.length) };
        }
        waiting = [...waiting, ...rows.slice(taken)];
      }
    } catch (error) {
      input.unreadable(file.uri, error instanceof Error ? error.message : String(error));
    }
    before += file.size;
  }
  if (waiting.length > 0) yield { rows: waiting, end: before };
}

async function* rowsOf(file: InputFile, input: Input): AsyncGenerator<Rows> {
  const { format, config, keyForm } = input;
  let read: ReadRow | undefined = format === 'jsonl' ? jsonlReader(config, keyForm) : undefined;
  for await (const { texts, from, to } of linesOf(file.chunks())) {
    const [header] = texts;
    const lines = read === undefined ? texts.slice(1) : texts;
    if (read === undefined && header !== undefined) read = csvReader(header, config, keyForm);
    if (read !== undefined && lines.length > 0) yield { rows: lines.map(read), from, to };
  }
}
