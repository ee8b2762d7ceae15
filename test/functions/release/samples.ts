/** Well-formed requests, releases and ledgers, for tests to vary. */
import { parseConfig, type Service } from '../../../functions/config.ts';
import { emptyLedger, type Ledger, type Release, type Request } from '../../../functions/release/ledger.ts';
import { YAML } from '../stage.ts';

export const NOW = Date.UTC(2026, 0, 1);

export function serviceChurn(): Service {
  const service = parseConfig(YAML).services.get('churn');
  if (service === undefined) throw new Error('the sample has no service churn');
  return service;
}

/** The nth artifact: wanted later than those before it. */
export function requestOf(n: number, change: Partial<Request> = {}): Request {
  return {
    id: `r-${String(n).padStart(12, '0')}`,
    bucket: 'models',
    marker: `churn/v${n}/model.onnx`,
    generation: String(1000 + n),
    order: { at: NOW + n * 1000, tie: String(1000 + n) },
    askedBy: 'artifact',
    acceptedAt: NOW + n * 1000,
    attempts: 0,
    version: null,
    ...change,
  };
}

export function releaseOf(n: number, change: Partial<Release> = {}): Release {
  return {
    request: requestOf(n, { attempts: 1 }),
    startedAt: NOW,
    attempt: 1,
    verified: true,
    deployed: true,
    aliased: false,
    failures: 0,
    notBefore: 0,
    lastCause: null,
    ...change,
  };
}

export function ledgerWith(change: Partial<Ledger> = {}): Ledger {
  return { ...emptyLedger('churn'), epoch: 3, writeId: 'w', ...change };
}
