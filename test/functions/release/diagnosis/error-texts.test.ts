/** Texts that users of Vertex AI have quoted in public, each with its source, and the class of each. */
import { expect, it } from 'vitest';
import type { Status } from '../../../../functions/errors.ts';
import { explainDeployment } from '../../../../functions/release/diagnosis/causes.ts';
import { blameFor } from '../../../../functions/release/gates/blame.ts';
import { explainRefusal } from '../../../../functions/release/refusals/refusals.ts';
import type { Asked } from '../../../../functions/release/refusals/refusal.ts';
import texts from './error-texts.json' with { type: 'json' };
import { LOGS } from './deployment-errors.ts';

interface Told {
  readonly code: string;
  readonly detail: string;
  readonly patience: string;
}

function told(text: string, where: string, status: Status, message: string): Told {
  switch (where) {
    case 'operation':
      return explainDeployment({ status, message: text }, []);
    case 'log':
      return explainDeployment({ status, message: `${message} ${LOGS}` }, text.split('\n'));
    case 'predict':
      return { code: blameFor(status, text).by, detail: text, patience: '' };
    default:
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the names stand in a file beside
      return explainRefusal(where as Asked, { status, message: text });
  }
}

it.each(texts)('$want: $text', (entry) => {
  const { text, where, status, message = '', want, patience } = entry;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- likewise
  const found = told(text, where, status as Status, message);
  expect(found.code).toBe(want);
  expect(found.patience).toBe(patience ?? found.patience);
  // Google's own words always, of a log the line that tells.
  const lines = text.split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim().slice(0, 80));
  const isQuoted = lines.some((line) => line.startsWith('{') || found.detail.includes(line));
  expect(isQuoted).toBe(true);
});
