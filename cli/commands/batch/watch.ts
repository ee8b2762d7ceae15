/** Follows a batch to its end: a line for each state. */
import type { Service } from '../../../functions/config/config.ts';
import { CallError, isTransient } from '../../../functions/errors.ts';
import type { Session } from '../../session.ts';
import { EXIT, Failure, type ExitCode } from '../../terminal/failure.ts';
import type { Screen } from '../../terminal/screen.ts';
import { FAILURES_MAX, UNSEEN_MAX } from '../watch/watch.ts';
import { batchLedgerOf, batchReports, batchText } from './report.ts';

/** In ms. */
const POLL = 2_000;

/** 0 if it succeeded, else 1. Rejects with a Failure, exit code 3 as of `slipway watch`, if it is not accepted within a minute. */
export async function watchBatch(
  session: Session,
  screen: Screen,
  service: Service,
  batch: string,
  form: 'text' | 'json',
): Promise<ExitCode> {
  const { clock } = session.world;
  const started = clock.now();
  let told = '';
  let failures = 0;
  for (;;) {
    try {
      const ledger = await batchLedgerOf(session, service);
      const report = batchReports(ledger, clock.now()).find((one) => one.batch === batch);
      failures = 0;
      if (report === undefined && clock.now() - started >= UNSEEN_MAX)
        throw new Failure(
          EXIT.unreachable,
          `${batch} is not in the ledger after a minute: look for "event refused" in the log of the functions`,
        );
      if (report !== undefined && report.state !== told) {
        told = report.state;
        if (form === 'json') screen.json(report, 'line');
        else screen.print(batchText(report, screen.theme(clock.now())));
      }
      if (report?.endedAt) return report.state === 'Succeeded' ? EXIT.ok : EXIT.failed;
    } catch (error) {
      failures += 1;
      if (!(error instanceof CallError) || !isTransient(error.status) || failures >= FAILURES_MAX)
        throw error;
    }
    // The deadline of the batch ends it (batch.deadline), and so this.
    await clock.sleep(POLL);
  }
}
