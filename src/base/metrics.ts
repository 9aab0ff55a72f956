// Metrics: a prom-client registry that takes only names a Prometheus user would expect. A metric is declared as a
// value, so that the reference page can list it without a running process.

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { SrwanError } from "./errors.ts";

export type MetricKind = "counter" | "gauge" | "histogram";

export type MetricSpec<L extends string = string> = {
  readonly kind: MetricKind;
  /** Without the prefix: "pulse_packets_total" is served as srwan_pulse_packets_total. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly L[];
  readonly buckets?: readonly number[];
};

const specOf =
  <K extends MetricKind>(kind: K) =>
  <const L extends string = never>(name: string, help: string, labels: readonly L[] = []) => ({
    kind,
    name,
    help,
    labels,
  });

export const gauge = specOf("gauge");
export const counter = specOf("counter");

type Instance<K extends MetricKind, L extends string> = K extends "counter"
  ? Counter<L>
  : K extends "gauge"
    ? Gauge<L>
    : Histogram<L>;

export class Metrics {
  readonly #registry = new Registry();

  /** Declares and returns the metric; a name against the rules, or declared before, is refused. */
  define<K extends MetricKind, L extends string = never>(spec: MetricSpec<L> & { readonly kind: K }): Instance<K, L> {
    const name = `srwan_${spec.name}`;
    const breach = namingBreach(spec) ?? (this.#registry.getSingleMetric(name) ? "is declared twice" : undefined);
    if (breach) {
      throw new SrwanError("METRIC_INVALID", `metric ${name} ${breach}`, {
        remedy: "Rename it after the rules in docs/reference/metrics.md.",
        details: { metric: name },
      });
    }
    const common = { name, help: spec.help, labelNames: [...(spec.labels ?? [])], registers: [this.#registry] };
    const made =
      spec.kind === "counter"
        ? new Counter(common)
        : spec.kind === "gauge"
          ? new Gauge(common)
          : new Histogram({ ...common, ...(spec.buckets ? { buckets: [...spec.buckets] } : {}) });
    return made as Instance<K, L>;
  }

  /** The text of a scrape. */
  expose(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}

/** Units that are not the base unit, and the base unit to use. */
export const NOT_BASE: Readonly<Record<string, string>> = {
  ms: "seconds",
  us: "seconds",
  ns: "seconds",
  milliseconds: "seconds",
  microseconds: "seconds",
  minutes: "seconds",
  octets: "bytes",
  bits: "bytes",
  kilobytes: "bytes",
  mb: "bytes",
  percent: "ratio",
};

/** What a metric's name or labels break, in words, or nothing. Rules: the Prometheus naming practices page. */
export function namingBreach(spec: MetricSpec): string | undefined {
  const words = spec.name.split("_");
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(spec.name)) return "is not lower-case words joined by _";
  if (spec.name.startsWith("srwan_")) return "repeats the prefix srwan_";
  for (const word of words) {
    if (Object.hasOwn(NOT_BASE, word)) return `measures in ${word}, not in the base unit ${NOT_BASE[word]}`;
  }
  const total = words.at(-1) === "total";
  if (spec.kind === "counter" && !total) return "is a counter and must end in _total";
  if (spec.kind !== "counter" && total) return "ends in _total and is no counter";
  if (["count", "sum", "bucket"].includes(words.at(-1) as string)) return "ends like a histogram's own series";
  const label = (spec.labels ?? []).find((name) => !/^[a-z][a-z0-9_]*$/.test(name) || name === "le");
  if (label !== undefined) return `has a label "${label}" that is not a lower-case word`;
  return /\.$/.test(spec.help) && spec.help.length > 10
    ? undefined
    : "needs a help text, a sentence with its full stop";
}
