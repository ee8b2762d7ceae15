/**
 * `npm run check`: lint and types beside the tests, which wait for processes and timers a third of their time. What lint
 * and types say is shown when they end. Exits with 1 if any of the three fails.
 */
import { spawn } from 'node:child_process';

const [lint, types, tests] = await Promise.all([quietly('lint'), quietly('typecheck'), openly('test')]);
process.exitCode = lint && types && tests ? 0 : 1;

/** Whether the npm script succeeds. */
function openly(script: string): Promise<boolean> {
  return ends(spawn('npm', ['run', '--silent', script], { stdio: 'inherit' }));
}

/** The same; its output does not mix with that of the tests. */
async function quietly(script: string): Promise<boolean> {
  const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => output.push(data));
  const succeeds = await ends(child);
  process.stdout.write(
    Buffer.concat([...output, Buffer.from(`${script}: ${succeeds ? 'passed' : 'failed'}\n`)]),
  );
  return succeeds;
}

function ends(child: ReturnType<typeof spawn>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0));
  });
}
