/**
 * `npm run demo`: the whole story on one machine, without a cloud account. Boots the local stack on free ports and
 * plays its releases with the official clients, most of them under load. Exits 0 only if all of it held.
 */
import { fileURLToPath } from 'node:url';
import { startStack } from '../local/stack.ts';
import { showProgress } from './progress.ts';
import { openDemo } from './context.ts';
import { play } from './story.ts';

const print = (line: string) => {
  process.stdout.write(`${line}\n`);
};
const progress = showProgress(print);

print('Slipway demo: a local Vertex AI, Cloud Storage and Pub/Sub; the real functions; the real predictor.');
const stack = await startStack({
  config: fileURLToPath(new URL('slipway.yaml', import.meta.url)),
  port: 0,
  operations: { createEndpoint: 0.2, upload: 0.5, deploy: 1.5, undeploy: 0.2 },
  onFunctionLine: (_name, line) => progress.line(line),
});
Object.assign(process.env, stack.env);
const stage = await openDemo(stack, progress, print);
try {
  await play(stage);
} catch (error) {
  stage.failures.push(error instanceof Error ? error.message : String(error));
}
await stack.close();
for (const failure of stage.failures) print(`not as expected: ${failure}`);
const { live, failed, rolledBack, rollbackSeconds, answered, lost, rows } = stage.totals;
print(
  `demo: ${live} live, ${failed} failed as expected, ${rolledBack} rolled back by its gate, ` +
    `rollback in ${rollbackSeconds.toFixed(1)} s, ${answered} predictions, ${lost} lost, ${rows} rows in batch`,
);
process.exit(stage.failures.length === 0 ? 0 : 1);
