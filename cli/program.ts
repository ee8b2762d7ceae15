/**
 * The commands and their arguments. What a command needs of Google's clients is loaded when it runs: help and
 * refusals are quick.
 */
import { Command, CommanderError } from '@commander-js/extra-typings';
import { LOCAL_FEATURES_BUCKET, LOCAL_FEATURES_VARIABLE } from '../common/local-features.ts';
import type * as Commands from './commands.ts';
import { portNumber, requestId, shortText, viewVersion } from './terminal/arguments.ts';
import { EXIT, explain, Failure, type ExitCode, type Where } from './terminal/failure.ts';
import { screenOn } from './terminal/screen.ts';

export interface Terminal {
  readonly stdout: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** With --local the addresses of the local stack are written into it: Google's clients read them there. */
  readonly env: Record<string, string | undefined>;
}

export const LOCAL_URL = 'http://127.0.0.1:9400';

/** Of the console. */
const CONSOLE_PORT = 9410;

/** Runs one command line, without node and script. Never rejects. */
export async function runSlipway(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { stdout, stderr, env } = terminal;
  let where: Where = { config: null, local: null };
  let exitCode: ExitCode = EXIT.ok;

  const run = async (command: (commands: typeof Commands, run: Commands.Run) => Promise<ExitCode>) => {
    const { local, config, json } = program.opts();
    if (local !== undefined) {
      const url = localUrl(local);
      where = { ...where, local: url };
      Object.assign(env, localEnvironment(url));
    }
    const [{ openSession }, commands] = await Promise.all([import('./session.ts'), import('./commands.ts')]);
    const session = openSession({ config }, env);
    where = { ...where, config: session.config };
    const form = json === true ? 'json' : 'text';
    exitCode = await command(commands, { session, screen: screenOn(stdout, env), form });
  };

  const program = new Command('slipway')
    .description('Releases of models on Vertex AI: the live model, the current release, and why.')
    .option('--local <url>', `the local stack of "npm start" instead of Google Cloud (alone: ${LOCAL_URL})`)
    .option('--config <file>', 'the configuration (default: SLIPWAY_CONFIG, or slipway.yaml here)')
    .option('--json', 'JSON instead of text; its shapes are in docs/cli.md')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'slipway: ')),
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 as asked; 1 not live, rolled back, or drifted; 2 wrong usage; 3 not reachable, or not permitted.',
    );

  program
    .command('status')
    .description('the live model, the current release, the traffic split and drift')
    .argument('[service]')
    .action((name) => run((commands, r) => commands.runStatus(r, name)));
  program
    .command('release')
    .description('requests a release of the newest artifact, or of the one named')
    .argument('<service>')
    .option('--artifact <uri>', 'the folder or the marker of an artifact, gs://…; also an older one')
    .option('--model <name>', 'a version of the Vertex AI registry: projects/…/models/ID@VERSION')
    .option(
      '--request-id <id>',
      'idempotency key: repeated requests with the same ID are handled once',
      requestId,
    )
    .option('--override-contract', 'its inputs and outputs may break the callers of the live model')
    .option('--watch', 'follows the release to its end')
    .action((name, options) => run((commands, r) => commands.runRelease(r, name, options)));
  program
    .command('land')
    .description(
      'uploads the artifact in a folder, its marker last, which releases it; nothing is overwritten',
    )
    .argument('<folder>')
    .requiredOption('--service <name>', 'the service that the artifact is for')
    .option(
      '--as <name>',
      'its folder in the bucket: what stands for "*" in the pattern (default: date and content, such as 20261127-3f2a9c1b)',
    )
    .option('--manifest', 'adds manifest.json, which lists every file with its size and SHA-256')
    .option('--check', 'checks the folder, and uploads nothing')
    .option('--watch', 'follows the release to its end')
    .action((folder, options) => run((commands, r) => commands.runLand(r, folder, options)));
  program
    .command('watch')
    .description('follows the current release to its end, or shows how the last release ended')
    .argument('[service]')
    .option('--release <id>', 'this release, and no other')
    .action((name, options) => run((commands, r) => commands.runWatch(r, name, options)));
  program
    .command('plan')
    .description('shows what a release would do: its calls, minutes and cost; changes nothing')
    .argument('<service>')
    .option('--artifact <uri>', 'the folder or the marker of an artifact, gs://…; also an older one')
    .option('--model <name>', 'a version of the Vertex AI registry: projects/…/models/ID@VERSION')
    .option('--request-id <id>', 'the ids are those of a request with this id', requestId)
    .option('--override-contract', 'its inputs and outputs may break the callers of the live model')
    .option('--verify', "reads every byte of the artifact to check its manifest's digests")
    .action((name, options) => run((commands, r) => commands.runPlan(r, name, options)));
  program
    .command('history')
    .description('how the last twenty releases ended, why, and how long they took')
    .argument('<service>')
    .action((name) => run((commands, r) => commands.runHistory(r, name)));
  program
    .command('why')
    .description('why this model serves: its version, image and artifact, who asked for it, and when')
    .argument('<service>')
    .action((name) => run((commands, r) => commands.runWhy(r, name)));

  const features = program
    .command('features')
    .description('what the live model sees in the store for some keys: values, ages and where they come from')
    .argument('<service>')
    .option(
      '--key <key>',
      'a key, FIELD=VALUE,…, the value alone, or JSON; may be repeated (default: those of golden.jsonl)',
      (key: string, keys: string[]) => [...keys, key],
      [] as string[],
    )
    .action((name, { key }) => run((commands, r) => commands.runFeatures(r, name, key)));
  features
    .command('load')
    .description('loads a file, JSON Lines or .csv, into a view of the store: all rows or none')
    .argument('<service>')
    .argument('<view>')
    .argument('<file>')
    .option('--view-version <version>', 'what stands for {version} in the table of the view', viewVersion)
    .action((name, view, file, options) =>
      run((commands, r) => commands.runLoadFeatures(r, name, view, file, options)),
    );

  features
    .command('publish')
    .description('loads the newest results of batches into the view batch.publish.view: all rows or none')
    .argument('<service>')
    .action((name) => run((commands, r) => commands.runPublishResults(r, name)));

  program
    .command('rollback')
    .description('aborts the current release; if there is none, rolls back to the previous model')
    .argument('<service>')
    .option('--reason <text>', 'recorded as the cause of the abort, 200 characters at most', shortText)
    .option('--watch', 'follows the rollback to its end; exit code 0 if it succeeded')
    .action((name, options) => run((commands, r) => commands.runSteering(r, name, 'rollback', options)));
  program
    .command('abort')
    .description('aborts the current release; the live model receives all the traffic again')
    .argument('<service>')
    .option('--reason <text>', 'recorded as the cause of the abort, 200 characters at most', shortText)
    .action((name, options) => run((commands, r) => commands.runSteering(r, name, 'abort', options)));
  program
    .command('promote')
    .description('gives the current release all the traffic now, without further steps, bakes and gates')
    .argument('<service>')
    .action((name) => run((commands, r) => commands.runSteering(r, name, 'promote')));

  program
    .command('hold')
    .description('pauses the service: until it is resumed, requests wait and drift is not repaired')
    .argument('<service>')
    .option('--reason <text>', 'shown by status, 200 characters at most', shortText)
    .action((name, { reason }) => run((commands, r) => commands.runOperation(r, name, 'hold', reason)));
  program
    .command('resume')
    .description('ends a hold')
    .argument('<service>')
    .action((name) => run((commands, r) => commands.runOperation(r, name, 'resume')));
  program
    .command('park')
    .description('undeploys all models of the service, so that it costs nothing; a later release wakes it')
    .argument('<service>')
    .option('--reason <text>', 'shown by status, 200 characters at most', shortText)
    .action((name, { reason }) => run((commands, r) => commands.runOperation(r, name, 'park', reason)));
  program
    .command('wake')
    .description('deploys the live model of a parked service again')
    .argument('<service>')
    .action((name) => run((commands, r) => commands.runOperation(r, name, 'wake')));
  program
    .command('rebuild')
    .description('rebuilds an unreadable ledger from the state of Vertex AI')
    .argument('<service>')
    .action((name) => run((commands, r) => commands.runOperation(r, name, 'rebuild')));

  program
    .command('batch')
    .description('has the live model answer an object or a table; results are where batch.outputs says')
    .argument('<service>')
    .argument('<input>', 'gs://BUCKET/NAME.jsonl, .csv or bq://PROJECT.DATASET.TABLE')
    .option(
      '--request-id <id>',
      'idempotency key: repeated requests with the same ID are one batch',
      requestId,
    )
    .option('--watch', 'follows the batch to its end')
    .action((name, input, options) => run((commands, r) => commands.runBatch(r, name, input, options)));
  program
    .command('batches')
    .description('the batches that wait or run, and how the last hundred ended')
    .argument('<service>')
    .action((name) => run((commands, r) => commands.runBatches(r, name)));

  program
    .command('console')
    .description('starts a web console on this machine, and prints its address')
    .option('--port <number>', `the port on 127.0.0.1; 0: any that is free`, portNumber, CONSOLE_PORT)
    .option('--actions', 'lets its pages publish requests (with --local: on)')
    .option(
      '--iap-audience <audience>',
      'for a team, behind Identity-Aware Proxy: the audience of its tokens',
    )
    .option('--host <name...>', 'with --iap-audience: a name that the console has')
    .option('--requested-by <email>', 'who asks: the requests of its pages state it')
    .action((options) => {
      const { local } = program.opts();
      const isLocal = local !== undefined;
      const actions = options.actions === true || isLocal;
      const more = { actions, local: isLocal ? localUrl(local) : null };
      return run((commands, r) => commands.runConsole(r, { ...options, ...more }));
    });

  program
    .command('preflight')
    .description(
      'checks a Google Cloud project, and prints the command that fixes each problem; nothing is changed',
    )
    .option('--project <id>', 'refuses to look at another project than that of the configuration')
    .option('--name-prefix <text>', 'name_prefix of the Terraform module')
    .option('--role-id-suffix <text>', 'role_id_suffix of the Terraform module')
    .option('--serving-agent-role <role>', 'serving_agent_role of the Terraform module')
    .option('--kms-key <name>', 'kms_key of the Terraform module')
    .option('--console', 'looks at the console for a team too (console of the Terraform module)')
    .action((options) => {
      if (program.opts().local !== undefined)
        program.error('error: preflight checks Google Cloud: leave out --local', { exitCode: EXIT.usage });
      return run((commands, r) => commands.runPreflight(r, options));
    });

  try {
    await program.parseAsync(withLocalUrl(args), { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has said what is wrong itself; help that was asked for is no failure.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { text, exitCode: code } = explain(error, where);
    stderr.write(`slipway: ${text}\n`);
    return code;
  }
}

/** `--local` alone is `--local=` the usual address; commander would take the word after it for the URL. */
function withLocalUrl(args: readonly string[]): string[] {
  return args.map((arg, i) => {
    const isAlone = arg === '--local' && !/^https?:/.test(args[i + 1] ?? '');
    return isAlone ? `--local=${LOCAL_URL}` : arg;
  });
}

function localUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text).origin;
  throw new Failure(EXIT.usage, `--local: expected a URL such as ${LOCAL_URL}, got ${text}`);
}

/** What the clients need to talk to the local stack instead of Google; "npm start" prints the same. */
function localEnvironment(url: string): Record<string, string> {
  const { host } = new URL(url);
  return {
    STORAGE_EMULATOR_HOST: url,
    PUBSUB_EMULATOR_HOST: host,
    VERTEX_EMULATOR_HOST: host,
    METADATA_SERVER_DETECTION: 'none',
    [LOCAL_FEATURES_VARIABLE]: LOCAL_FEATURES_BUCKET,
  };
}
