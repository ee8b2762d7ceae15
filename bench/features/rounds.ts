/** Interleaved rounds of load on several servers, and the medians of their ratios. */
import { runLoad } from '../predictor/load.ts';
import { cpuMicros, type Subject } from '../predictor/subject.ts';

export interface Contender {
  readonly name: string;
  readonly subject: Subject;
  readonly bodies: readonly string[];
}

export interface Figures {
  readonly name: string;
  readonly rps: number;
  readonly p99Ms: number;
  /** Microseconds of the server's CPU a request. */
  readonly cpuMicros: number;
  /** Requests a second against the first contender's, in the same rounds. */
  readonly ratio: number;
  /** The first contender's CPU a request against this one's. */
  readonly ratioByCpu: number;
}

const CONNECTIONS = 64;
/** Rounds that the first one is as long as. */
const WARM_UP = 8;

export async function compare(
  contenders: readonly Contender[],
  rounds: number,
  ms: number,
): Promise<Figures[]> {
  const samples = contenders.map(() => [] as { rps: number; p99Ms: number; cpu: number }[]);
  for (let round = 0; round <= rounds; round += 1) {
    const order = [...contenders.entries()];
    // Every other round goes backwards, so that a drift of the machine meets all alike.
    for (const [i, { subject, bodies }] of round % 2 === 0 ? order : order.toReversed()) {
      // The first round warms up: what is compiled late is compiled by then.
      const length = round === 0 ? WARM_UP * ms : ms;
      const load = { port: subject.port, connections: CONNECTIONS, ms: length, bodies };
      const before = cpuMicros(subject.pid) ?? Number.NaN;
      const { requests, ms: took, p99Ms } = await runLoad(load);
      const cpu = ((cpuMicros(subject.pid) ?? Number.NaN) - before) / requests;
      if (round > 0) samples[i]?.push({ rps: (requests / took) * 1000, p99Ms, cpu });
    }
  }
  return contenders.map(({ name }, i) => ({
    name,
    rps: Math.round(median(samples[i]?.map(({ rps }) => rps) ?? [])),
    p99Ms: median(samples[i]?.map(({ p99Ms }) => p99Ms) ?? []),
    cpuMicros: median(samples[i]?.map(({ cpu }) => cpu) ?? []),
    ratioByCpu: median(samples[i]?.map(({ cpu }, at) => (samples[0]?.[at]?.cpu ?? cpu) / cpu) ?? []),
    ratio: median(samples[i]?.map(({ rps }, at) => rps / (samples[0]?.[at]?.rps ?? rps)) ?? []),
  }));
}

/** To three digits, which is more than such measurements mean. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length / 2)] ?? Number.NaN).toPrecision(3));
}

/** What `/metrics` says, by the line without its value. */
export async function metricsOf({ port }: Subject): Promise<ReadonlyMap<string, number>> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))] as const;
    }),
  );
}
