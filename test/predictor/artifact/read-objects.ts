/** `node read-objects.ts URI FILE`: reads an object in each way that the predictor has, and prints what it got as JSON. */
import { readFile } from 'node:fs/promises';
import { openObjects } from '../../../predictor/artifact/objects.ts';

const [, , uri = '', file = ''] = process.argv;
const objects = await openObjects(uri);
const generation = await objects.generation(uri);
if (generation === null) throw new Error(`expected an object, got none at ${uri}`);
const text = await objects.text(uri, generation);
await objects.copy(uri, generation, file);
const lines: string[] = [];
for await (const line of objects.lines({ uri, generation })) lines.push(line);
console.log(JSON.stringify({ generation, text, copied: await readFile(file, 'utf8'), lines }));
