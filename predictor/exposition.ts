/** Prometheus' text format. https://prometheus.io/docs/instrumenting/exposition_formats/ */

export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#sum += value;
    this.#count += 1;
    for (let i = 0; i < this.#bounds.length; i += 1) {
      if (value > (this.#bounds[i] ?? 0)) continue;
      this.#counts[i] = (this.#counts[i] ?? 0) + 1;
      return;
    }
  }

  /** `labels`: of all lines, as `view="customer"`, or ''. */
  lines(name: string, labels = ''): string[] {
    let below = 0;
    const before = labels === '' ? '' : `${labels},`;
    const braced = labels === '' ? '' : `{${labels}}`;
    const buckets = this.#bounds.map((bound, i) => {
      below += this.#counts[i] ?? 0;
      return `${name}_bucket{${before}le="${bound}"} ${below}`;
    });
    return [
      ...buckets,
      `${name}_bucket{${before}le="+Inf"} ${this.#count}`,
      `${name}_sum${braced} ${this.#sum}`,
      `${name}_count${braced} ${this.#count}`,
    ];
  }
}

export function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

export function counter(name: string, help: string, value: number): string[] {
  return [...head(name, 'counter', help), `${name} ${value}`];
}

export function labelled(
  name: string,
  label: string,
  values: ReadonlyMap<number | string, number>,
): string[] {
  return [...values].map(([key, value]) => `${name}{${label}="${key}"} ${value}`);
}

/** A label with its value, in which anything may stand. */
export function label(name: string, value: string): string {
  return `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
