/** What each command does: reads its report, and prints it as lines or as JSON. Returns the exit code. */
import { EXIT, Failure, type ExitCode } from './terminal/failure.ts';
import { askedBatchText, askForBatch } from './commands/batch/ask.ts';
import { batchesText, batchLedgerOf, batchReports } from './commands/batch/report.ts';
import { watchBatch } from './commands/batch/watch.ts';
import { loadedText, loadFeatures } from './commands/features/load.ts';
import { consoleText, openConsole, type ConsoleOptions } from './commands/console.ts';
import { publishedText, publishResults } from './commands/features/publish.ts';
import { seenFeatures, seenText } from './commands/features/report.ts';
import { historyReport, historyText } from './commands/history.ts';
import { land, prepare, type LandOptions } from './commands/land/land.ts';
import { landedText, landingText, silent, uploadProgress } from './commands/land/text.ts';
import { operate, operatedText, type Operated } from './commands/operate.ts';
import { realGoogle } from './commands/preflight/google.ts';
import { USUAL } from './commands/preflight/installation.ts';
import type { AskDatabase } from './commands/preflight/postgres-tables.ts';
import { preflight } from './commands/preflight/preflight.ts';
import { report } from './commands/preflight/report.ts';
import { drawRequestId, planReport, type PlanOptions } from './commands/plan/report.ts';
import { planText } from './commands/plan/text.ts';
import { askedText, askForRelease } from './commands/release.ts';
import { isRolledBack, steer, steeredText, type Steering } from './commands/steer.ts';
import type { Screen } from './terminal/screen.ts';
import { ledgerOf, serviceNamed, type Session } from './session.ts';
import { isUnwell, statusReport } from './commands/status/report.ts';
import { statusText } from './commands/status/text.ts';
import { targetsOf, watch } from './commands/watch/watch.ts';
import { whyReport } from './commands/why/report.ts';
import { whyText } from './commands/why/text.ts';

export interface Run {
  readonly session: Session;
  readonly screen: Screen;
  readonly form: 'text' | 'json';
}

export async function runStatus({ session, screen, form }: Run, name?: string): Promise<ExitCode> {
  const services = name === undefined ? [...session.config.services.values()] : [serviceNamed(session, name)];
  const all = await Promise.all(services.map((service) => statusReport(session, service)));
  if (form === 'json') screen.json({ services: all });
  else screen.print(all.flatMap((status) => statusText(status, lookOf(session, screen))));
  return all.some(isUnwell) ? EXIT.failed : EXIT.ok;
}

export async function runRelease(
  { session, screen, form }: Run,
  name: string,
  options: {
    readonly artifact?: string;
    readonly model?: string;
    readonly requestId?: string;
    readonly overrideContract?: true;
    readonly watch?: true;
  },
): Promise<ExitCode> {
  const service = serviceNamed(session, name);
  const { artifact, model, requestId = drawRequestId() } = options;
  const overrideContract = options.overrideContract === true;
  const asked = await askForRelease(session, service, { artifact, model, requestId, overrideContract });
  if (form === 'json') screen.json(asked, 'line');
  else screen.print(askedText(asked, lookOf(session, screen)));
  if (options.watch === undefined) return EXIT.ok;
  return watch(session, screen, [{ service, release: asked.release }], form);
}

export async function runLand(
  { session, screen, form }: Run,
  folder: string,
  options: LandOptions & { readonly service: string; readonly check?: true; readonly watch?: true },
): Promise<ExitCode> {
  const service = serviceNamed(session, options.service);
  const { clock } = session.world;
  const landing = await prepare(service, folder, options, clock.now());
  if (options.check === true) {
    const { name, files } = landing;
    const shown = files.map(({ path, size }) => ({ path, size }));
    if (form === 'json') screen.json({ service: service.name, name, files: shown });
    else screen.print(landingText(landing));
    return EXIT.ok;
  }
  const listener = form === 'json' ? silent : uploadProgress(screen, () => clock.now());
  const landed = await land(session, landing, listener);
  if (form === 'json') screen.json(landed, options.watch === undefined ? undefined : 'line');
  else screen.print(landedText(landed, lookOf(session, screen)));
  if (options.watch === undefined) return EXIT.ok;
  return watch(session, screen, [{ service, release: landed.release }], form);
}

export async function runWatch(
  { session, screen, form }: Run,
  name: string | undefined,
  options: { readonly release?: string },
): Promise<ExitCode> {
  const { release } = options;
  const service = name === undefined ? undefined : serviceNamed(session, name);
  const targets =
    service !== undefined && release !== undefined
      ? [{ service, release }]
      : await targetsOf(session, service);
  if (targets.length === 0 && form === 'text') screen.print(['no release is in progress']);
  return watch(session, screen, targets, form);
}

export async function runPlan(
  { session, screen, form }: Run,
  name: string,
  options: PlanOptions,
): Promise<ExitCode> {
  const plan = await planReport(session, serviceNamed(session, name), options);
  if (form === 'json') screen.json(plan);
  else screen.print(planText(plan, lookOf(session, screen)));
  return plan.result === 'Live' ? EXIT.ok : EXIT.failed;
}

export async function runOperation(
  { session, screen, form }: Run,
  name: string,
  action: Operated['action'],
  reason?: string,
): Promise<ExitCode> {
  const operated = await operate(session, serviceNamed(session, name), action, reason);
  if (form === 'json') screen.json(operated);
  else screen.print(operatedText(operated));
  return EXIT.ok;
}

export async function runSteering(
  { session, screen, form }: Run,
  name: string,
  action: Steering,
  options: { readonly reason?: string; readonly watch?: true } = {},
): Promise<ExitCode> {
  const service = serviceNamed(session, name);
  const { reason } = options;
  const steered = await steer(session, service, action, { reason, requestId: drawRequestId() });
  if (form === 'json') screen.json(steered, options.watch === undefined ? undefined : 'line');
  else screen.print(steeredText(steered, lookOf(session, screen)));
  if (options.watch === undefined) return EXIT.ok;
  const targets = [{ service, release: steered.release }];
  return watch(session, screen, targets, form, (end) => isRolledBack(steered, end));
}

export async function runPreflight(
  { session, screen, form }: Run,
  options: {
    readonly project?: string;
    readonly namePrefix?: string;
    readonly roleIdSuffix?: string;
    readonly servingAgentRole?: string;
    readonly kmsKey?: string;
    readonly console?: true;
  },
): Promise<ExitCode> {
  const { config, env } = session;
  const { project, ...installation } = options;
  if (project !== undefined && project !== config.project)
    throw new Failure(
      EXIT.usage,
      `--project: expected ${config.project}, as the configuration says, got ${project}`,
    );
  // Loads the client of PostgreSQL only where a service has such a store.
  const ask: AskDatabase = async (...query) =>
    (await import('./commands/features/database.ts')).askDatabase(env, ...query);
  const send = await google(config.project);
  const findings = await preflight(config, send, { ...USUAL, ...installation }, ask);
  if (form === 'json') screen.json({ findings });
  else screen.print([report(findings)]);
  return findings.some(({ state }) => state === 'missing') ? EXIT.failed : EXIT.ok;
}

async function google(project: string) {
  try {
    return await realGoogle(project);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(
      EXIT.unreachable,
      `no valid credentials: run "gcloud auth application-default login" (${why})`,
      { cause },
    );
  }
}

export async function runConsole({ session, screen, form }: Run, options: ConsoleOptions): Promise<ExitCode> {
  const { address, ended } = await openConsole(session, options);
  if (form === 'json') screen.json({ address }, 'line');
  else screen.print(consoleText(address, options));
  await ended;
  return EXIT.ok;
}

export async function runHistory({ session, screen, form }: Run, name: string): Promise<ExitCode> {
  const service = serviceNamed(session, name);
  const releases = historyReport(service, await ledgerOf(session, service));
  if (form === 'json') screen.json({ service: service.name, releases });
  else screen.print(historyText(service, releases, lookOf(session, screen)));
  return EXIT.ok;
}

export async function runBatch(
  { session, screen, form }: Run,
  name: string,
  input: string,
  options: { readonly requestId?: string; readonly watch?: true },
): Promise<ExitCode> {
  const service = serviceNamed(session, name);
  const { requestId = drawRequestId() } = options;
  const asked = await askForBatch(session, service, input, requestId);
  if (form === 'json') screen.json(asked, options.watch === undefined ? undefined : 'line');
  else screen.print(askedBatchText(asked, lookOf(session, screen)));
  if (options.watch === undefined) return EXIT.ok;
  return watchBatch(session, screen, service, asked.batch, form);
}

export async function runBatches({ session, screen, form }: Run, name: string): Promise<ExitCode> {
  const service = serviceNamed(session, name);
  const batches = batchReports(await batchLedgerOf(session, service), session.world.clock.now());
  if (form === 'json') screen.json({ service: service.name, batches });
  else screen.print(batchesText(service, batches, lookOf(session, screen)));
  return EXIT.ok;
}

export async function runWhy({ session, screen, form }: Run, name: string): Promise<ExitCode> {
  const report = await whyReport(session, serviceNamed(session, name));
  if (form === 'json') screen.json(report);
  else screen.print(whyText(report, lookOf(session, screen)));
  return EXIT.ok;
}

export async function runFeatures(
  { session, screen, form }: Run,
  name: string,
  keys: readonly string[],
): Promise<ExitCode> {
  const seen = await seenFeatures(session, serviceNamed(session, name), keys);
  if (form === 'json') screen.json(seen);
  else screen.print(seenText(seen, lookOf(session, screen)));
  return EXIT.ok;
}

export async function runLoadFeatures(
  { session, screen, form }: Run,
  name: string,
  view: string,
  file: string,
  { viewVersion }: { readonly viewVersion?: string },
): Promise<ExitCode> {
  const options = { env: session.env, ...(viewVersion !== undefined && { version: viewVersion }) };
  const loaded = await loadFeatures(
    serviceNamed(session, name),
    view,
    file,
    options,
    rowsWritten(screen, form),
  );
  if (form === 'json') screen.json(loaded);
  else screen.print(loadedText(loaded));
  return EXIT.ok;
}

export async function runPublishResults({ session, screen, form }: Run, name: string): Promise<ExitCode> {
  const service = serviceNamed(session, name);
  const published = await publishResults(session, service, rowsWritten(screen, form));
  if (form === 'json') screen.json({ service: service.name, published });
  else screen.print(publishedText(service.name, published));
  return EXIT.ok;
}

function rowsWritten(screen: Screen, form: Run['form']): (written: number) => void {
  return (written) => {
    if (form !== 'json' && screen.isTerminal) screen.frame([`${written} rows written`]);
  };
}

function lookOf({ world }: Session, screen: Screen) {
  return screen.theme(world.clock.now());
}
