import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Those of sig-storage's library (a convention of dashboards), and more where slow hosts end. */
const bucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120];

export function counter<const L extends string>(
  registry: Registry,
  name: string,
  labelNames: readonly L[],
  help: string,
): Counter<L> {
  return new Counter({ name, help, labelNames, registers: [registry] });
}

export function gauge<const L extends string>(
  registry: Registry,
  name: string,
  labelNames: readonly L[],
  help: string,
): Gauge<L> {
  return new Gauge({ name, help, labelNames, registers: [registry] });
}

/** Of durations in seconds. */
export function histogram<const L extends string>(
  registry: Registry,
  name: string,
  labelNames: readonly L[],
  help: string,
): Histogram<L> {
  return new Histogram({ name, help, labelNames, buckets: bucketsSeconds, registers: [registry] });
}
