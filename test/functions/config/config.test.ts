import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../../functions/config/config.ts';
import { GOOD, withService } from './samples.ts';

describe('a good configuration', () => {
  it('has defaults for everything that may be left out', () => {
    const config = parseConfig(GOOD);
    expect(config).toMatchObject({
      project: 'my-project',
      region: 'us-central1',
      stateBucket: 'my-state',
      tickBudgetMs: 450_000,
      instances: 1,
      topics: {
        requests: 'slipway-requests',
        ticks: 'slipway-ticks',
        events: 'slipway-events',
        artifacts: 'slipway-artifacts',
      },
    });
    expect(config.services.get('churn')).toMatchObject({
      name: 'churn',
      image: 'us-docker.pkg.dev/p/r/predictor',
      endpoint: 'churn',
      keepVersions: 5,
      rollout: { strategy: 'blue-green', deadlineMs: 10_800_000, takeOver: false },
      serving: {
        machineType: 'n1-standard-2',
        minReplicas: 1,
        maxReplicas: 1,
        accelerator: null,
        serviceAccount: null,
        predictRoute: '/predict',
        healthRoute: '/health',
      },
    });
  });

  it('takes everything that can be said', () => {
    const config = parseConfig(
      withService(`
    serving:
      machineType: g2-standard-8
      minReplicas: 2
      maxReplicas: 4
      accelerator: { type: NVIDIA_L4, count: 1 }
      serviceAccount: predictor@my-project.iam.gserviceaccount.com
      predictRoute: /v1/models/m:predict
      healthRoute: /healthz
      env: { LOG_LEVEL: debug }
    rollout:
      strategy: canary
      steps: [{ traffic: 5, bake: 5m }]
      bake: 1m
      standby: 30m
      deadline: 90m
      takeOver: true
      gates:
        contract: off
        golden: { tolerance: 0.01 }
        comparison: { rankAgreement: 0.9 }
        metrics: { p95Ratio: 2 }
        patience: 2m
        whenUnsure: pass
    keepVersions: 2
topics: { requests: req, ticks: tic, events: eve, artifacts: art }
local: { images: { us-docker.pkg.dev/p/r/predictor: [node, predictor/main.ts] } }`),
    );
    const service = config.services.get('churn');
    expect(service?.serving.accelerator).toEqual({ type: 'NVIDIA_L4', count: 1 });
    expect(service?.serving.env.get('LOG_LEVEL')).toBe('debug');
    expect(service?.rollout).toEqual({
      strategy: 'canary',
      steps: [
        { traffic: 5, bakeMs: 300_000 },
        { traffic: 100, bakeMs: 60_000 },
      ],
      standbyMs: 1_800_000,
      standbyReplicas: null,
      deadlineMs: 5_400_000,
      takeOver: true,
      gates: {
        contract: false,
        golden: { tolerance: 0.01, maxRows: 32 },
        features: null,
        comparison: {
          maxDifference: null,
          meanDifference: null,
          rankAgreement: 0.9,
          tolerance: 0.001,
          outsideTolerance: null,
        },
        metrics: { errorRate: 0.01, p95Ratio: 2, minSample: 50 },
        patienceMs: 120_000,
        whenUnsure: 'pass',
      },
    });
    expect(config.topics.artifacts).toBe('art');
  });

  it('gives maxReplicas the value of minReplicas when only that is said', () => {
    const config = parseConfig(withService('    serving: { minReplicas: 3 }'));
    expect(config.services.get('churn')?.serving.maxReplicas).toBe(3);
  });

  it('deploys the pinned image where one is given', () => {
    const pinned = 'us-docker.pkg.dev/p/r/predictor@sha256:abc';
    const env = { SLIPWAY_IMAGES: JSON.stringify({ 'us-docker.pkg.dev/p/r/predictor': pinned }) };
    expect(parseConfig(GOOD, env).services.get('churn')?.image).toBe(pinned);
  });

  it('keeps a service with a name that every object has', () => {
    const config = parseConfig(GOOD.replace('churn:', 'constructor:'));
    expect([...config.services.keys()]).toEqual(['constructor']);
  });

  it.each([
    ['one second', '1s', 1_000],
    ['a day', '24h', 86_400_000],
  ])('takes a deadline of %s', (_, deadline, ms) => {
    const config = parseConfig(withService(`    rollout: { deadline: ${deadline} }`));
    expect(config.services.get('churn')?.rollout.deadlineMs).toBe(ms);
  });
});

describe('the file', () => {
  it('is read from SLIPWAY_CONFIG', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'slipway-')), 'slipway.yaml');
    writeFileSync(path, GOOD);
    expect(loadConfig({ SLIPWAY_CONFIG: path }).project).toBe('my-project');
  });

  it('that is not there is a problem that says how to name it', () => {
    expect(() => loadConfig({ SLIPWAY_CONFIG: '/nowhere/slipway.yaml' })).toThrow(/set SLIPWAY_CONFIG/);
  });

  it('is named in the error, with each problem on a line of its own', () => {
    expect(() => parseConfig('{}', {}, 'here.yaml')).toThrow(
      /^here\.yaml: 4 problem\(s\)\n {2}- project: must be given\n {2}- region/,
    );
  });
});
