/** The rows of a job's files, in their order, in batches for the container. */
import { csvReader, jsonlReader } from './instances.ts';
import type { InstanceConfig, ReadRow, Row } from './instances.ts';
import type { InputFile } from './files.ts';
import { linesOf } from './lines.ts';
import type { Behaviour } from '../behaviour.ts';

export interface Batch {
  readonly rows: readonly Row[];
  /** Bytes of all files up to the end of its last row. */
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

export async function* batchesOf(input: Input): AsyncGenerator<Batch> {
  let rows: Row[] = [];
  let before = 0;
  for (const file of input.files) {
    try {
      for await (const { row, end } of rowsOf(file, input)) {
        rows.push(row);
        if (rows.length < input.batchSize) continue;
        yield { rows, end: before + end };
        rows = [];
      }
    } catch (error) {
      input.unreadable(file.uri, error instanceof Error ? error.message : String(error));
    }
    before += file.size;
  }
  if (rows.length > 0) yield { rows, end: before };
}

async function* rowsOf(file: InputFile, input: Input): AsyncGenerator<{ row: Row; end: number }> {
  const { format, config, keyForm } = input;
  let read: ReadRow | undefined = format === 'jsonl' ? jsonlReader(config, keyForm) : undefined;
  for await (const lines of linesOf(file.chunks())) {
    for (const { text, end } of lines) {
      if (read === undefined) read = csvReader(text, config, keyForm);
      else yield { row: read(text), end };
    }
  }
}
