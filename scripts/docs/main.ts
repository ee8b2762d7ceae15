/** `npm run docs`: writes slipway.schema.json and the generated regions of the pages in docs/. */
import { writeFile } from 'node:fs/promises';
import { generate, GENERATED, ROOT } from './generated.ts';

for (const path of GENERATED) await writeFile(`${ROOT}${path}`, await generate(path));
console.log(`docs: wrote ${GENERATED.join(', ')}`);
