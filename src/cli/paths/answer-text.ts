// An answer of the path engine as a document and as text.

import { type BitsPerSecond, formatRate, formatUs } from "../../base/units.ts";
import type { Lifted } from "../../topology/engine/explain.ts";
import type { Matrix } from "../../topology/engine/matrix.ts";
import type { Path } from "../../topology/engine/path.ts";
import type { Answer, Compared } from "../../topology/engine/paths.ts";
import { objectiveOf, type Request } from "../../topology/engine/request.ts";
import type { Share } from "../../topology/engine/spread.ts";
import { REFUSALS, type Refusal } from "../../topology/engine/usable.ts";
import { type Column, table } from "../output.ts";
import type { Screen } from "../verb.ts";
import { type Unmet, unmetText } from "./unmet.ts";

export type Shown = {
  readonly matrix: Matrix;
  readonly request: Request;
  readonly answer: Answer;
  /** Of --explain. */
  readonly binding: readonly Lifted[] | undefined;
  readonly unmet: readonly Unmet[];
};

/** "fra/south>par/west>nyc". */
export const pathText = (matrix: Matrix, { segments, pops }: Path): string =>
  segments.map((id) => `${popName(matrix, matrix.from(id))}/${matrix.transits[matrix.transit(id)]}>`).join("") +
  popName(matrix, pops.at(-1) ?? -1);

const popName = (matrix: Matrix, pop: number): string => matrix.pops[pop]?.name ?? "?";

/** Null where a segment's measure is missing, so that every field is always there. */
export function pathData(matrix: Matrix, path: Path): Record<string, unknown> {
  const { delayUs, boundUs, jitterUs, lossPpm, priceMicroPerGB, narrowestBps, hops, sids } = path.totals;
  return {
    path: pathText(matrix, path),
    pops: path.pops.map((pop) => popName(matrix, pop)),
    segments: path.segments.map((id) => matrix.segmentName(id)),
    delayUs: delayUs ?? null,
    boundUs: boundUs ?? null,
    jitterUs: jitterUs ?? null,
    lossPpm: lossPpm === undefined ? null : Number(lossPpm.toFixed(3)),
    priceMicroPerGB: priceMicroPerGB ?? null,
    narrowestBps: narrowestBps ?? null,
    hops,
    sids,
  };
}

export function answerData({ matrix, request, answer, binding, unmet }: Shown): Record<string, unknown> {
  const { runnerUp, kept, ...receipt } = answer.receipt;
  return {
    from: popName(matrix, request.from),
    to: popName(matrix, request.to),
    paths: answer.paths.map((path) => pathData(matrix, path)),
    receipt: {
      ...receipt,
      runnerUp: runnerUp ? { ...runnerUp, path: pathText(matrix, runnerUp.path) } : null,
      kept: kept ? { ...kept, better: pathText(matrix, kept.better) } : null,
    },
    unmet,
    ...(binding
      ? {
          binding: binding.map(({ constraint, value, path, gain }) => ({
            constraint,
            value: typeof value === "object" ? `${value.kind}=${value.name}` : (value ?? null),
            path: pathText(matrix, path),
            gain: gain ?? null,
          })),
        }
      : {}),
  };
}

/** The measures of a path, for rows that have one. */
const columnsOf = <Row>(matrix: Matrix, of: (row: Row) => Path): readonly Column<Row>[] => {
  const totals = (row: Row) => of(row).totals;
  const orDash = (value: number | undefined, write: (value: number) => string) =>
    value === undefined ? "-" : write(value);
  return [
    { title: "PATH", cell: (row) => pathText(matrix, of(row)) },
    { title: "DELAY", cell: (row) => delayText(totals(row)), align: "right" },
    { title: "JITTER", cell: (row) => orDash(totals(row).jitterUs, formatUs), align: "right", wide: true },
    { title: "LOSS", cell: (row) => orDash(totals(row).lossPpm, lossText), align: "right" },
    { title: "PRICE/GB", cell: (row) => orDash(totals(row).priceMicroPerGB, coinText), align: "right" },
    { title: "NARROWEST", cell: (row) => orDash(totals(row).narrowestBps, rateText), align: "right" },
    { title: "SIDS", cell: (row) => String(totals(row).sids), align: "right", wide: true },
  ];
};

export function answerText(shown: Shown, wide: boolean, screen: Screen): string {
  const { matrix, request, answer, binding } = shown;
  const rank: Column<Path> = {
    title: "#",
    cell: (path) =>
      request.intent === "redundant"
        ? path === answer.paths[0]
          ? "primary"
          : "backup"
        : String(answer.paths.indexOf(path) + 1),
  };
  const ends = `${popName(matrix, request.from)} to ${popName(matrix, request.to)}`;
  const head =
    answer.paths.length === 0
      ? `No path from ${ends} fits.\n`
      : table(answer.paths, [rank, ...columnsOf(matrix, (path: Path) => path)], wide, screen);
  const why = answer.paths.length === 0 || binding ? receiptLines(shown) : shared(answer);
  const reasons = [...why, ...shown.unmet.map(unmetText)];
  return `${head}${reasons.length > 0 ? `\n${reasons.join("\n")}\n` : ""}`;
}

export function spreadText(
  matrix: Matrix,
  shares: readonly Share[],
  unplacedBps: number,
  wide: boolean,
  screen: Screen,
): string {
  if (shares.length === 0) return "No path fits.\n";
  const rows = table(
    shares,
    [
      { title: "WEIGHT", cell: ({ weight }) => String(weight), align: "right" },
      { title: "CARRIES", cell: ({ bps }) => rateText(bps), align: "right" },
      ...columnsOf(matrix, ({ path }: Share) => path),
    ],
    wide,
    screen,
  );
  return unplacedBps > 0 ? `${rows}\n${rateText(unplacedBps)} have no room.\n` : rows;
}

const shared = ({ receipt }: Answer): string[] => {
  if (!receipt.shared) return [];
  const proof = receipt.isProved ? "" : " A pair that shares less was not ruled out.";
  return [
    receipt.shared.length === 0 ? `They share nothing.${proof}` : `They share ${receipt.shared.join(", ")}.${proof}`,
  ];
};

function receiptLines({ matrix, request, answer, binding }: Shown): string[] {
  const { receipt } = answer;
  const unit = unitOf(request);
  const { runnerUp, kept } = receipt;
  return [
    ...shared(answer),
    ...receipt.limits.map(
      ({ name, limit, used }) => `Uses ${measureText(name, used)} of ${measureText(name, limit)} (${FLAGS[name]}).`,
    ),
    ...(kept
      ? [`Stays although ${pathText(matrix, kept.better)} is ${unit(kept.difference)} better${tellText(kept, unit)}.`]
      : []),
    ...(runnerUp && !kept
      ? [`Next: ${pathText(matrix, runnerUp.path)}, ${unit(runnerUp.difference)} worse${tellText(runnerUp, unit)}.`]
      : []),
    ...(binding ?? []).map(
      (lifted) =>
        `Without ${constraintText(lifted)}: ${pathText(matrix, lifted.path)}` +
        `${lifted.gain === undefined ? "" : `, ${unit(lifted.gain)} better`}.`,
    ),
    ...(binding?.length === 0 && answer.paths.length === 0 ? ["No constraint alone stands in the way."] : []),
    `${receipt.usable} segments may be used${refusedText(receipt.refused)}.`,
    effortText(answer),
  ];
}

const refusedText = (refused: Answer["receipt"]["refused"]): string =>
  Object.entries(refused)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `; ${count} not: ${REFUSALS[reason as Refusal]}`)
    .join("");

function effortText({ receipt }: Answer): string {
  const { labels, dominated, pruned, searches } = receipt.effort;
  const given = Object.entries(pruned).map(
    ([name, count]) => `${count} given up for ${FLAGS[name] ?? "what they share"}`,
  );
  const parts = [`${dominated} beaten by a better one at the same POP`, ...given];
  const many = (count: number, what: string): string =>
    `${count} ${what}${count === 1 ? "" : /(ch|x)$/.test(what) ? "es" : "s"}`;
  return `Looked at ${many(labels, "partial path")} in ${many(searches, "search")}: ${parts.join(", ")}.`;
}

/** Constraints as they are asked for at a prompt. */
const FLAGS: Readonly<Record<string, string>> = {
  maxDelayUs: "--max-delay",
  maxJitterUs: "--max-jitter",
  maxLossPpm: "--max-loss",
  maxPriceMicroPerGB: "--max-price",
  maxHops: "--max-hops",
  maxSids: "--max-sids",
  minBandwidthBps: "--min-bandwidth",
  encrypted: "--encrypted",
  must: "--must",
  never: "--never",
  isolation: "--isolation",
};

function constraintText({ constraint, value }: Lifted): string {
  const text =
    typeof value === "object"
      ? `${value.kind}=${value.name}`
      : typeof value === "number"
        ? measureText(constraint, value)
        : value === true
          ? undefined
          : value;
  return `${FLAGS[constraint] ?? constraint} ${text ?? ""}`.trimEnd();
}

/** ": …", or nothing where the difference is exact. */
const tellText = ({ bound, isTie }: Compared, unit: (amount: number) => string): string => {
  if (isTie)
    return bound > 0 ? `: the measurements, off by up to ${unit(bound)}, cannot tell them apart` : ": they are alike";
  return bound > 0 ? `: more than the ${unit(bound)} that the measurements may be off by` : "";
};

/** Delay is told as time, price as coins, anything weighted as a bare number. */
function unitOf(request: Request): (amount: number) => string {
  const weighed = Object.entries(objectiveOf(request).weights).filter(([, weight]) => weight > 0);
  const [[only, weight] = ["", 0], ...more] = weighed;
  if (more.length === 0 && weight === 1 && only === "delay") return (amount) => formatUs(amount);
  if (more.length === 0 && weight === 1 && only === "price") return (amount) => `${coinText(amount)}/GB`;
  return (amount) => `${Number(amount.toPrecision(6))} in weighted units`;
}

function measureText(name: Lifted["constraint"], value: number): string {
  switch (name) {
    case "maxDelayUs":
    case "maxJitterUs":
      return formatUs(value);
    case "maxLossPpm":
      return lossText(value);
    case "maxPriceMicroPerGB":
      return `${coinText(value)}/GB`;
    case "maxHops":
      return `${value} hops`;
    case "minBandwidthBps":
      return rateText(value);
    default:
      return String(value);
  }
}

const delayText = ({ delayUs, boundUs }: Path["totals"]): string =>
  delayUs === undefined ? "-" : `${formatUs(delayUs)} ± ${boundUs === undefined ? "?" : formatUs(boundUs)}`;

const lossText = (ppm: number): string => `${Number((ppm / 10_000).toPrecision(3))} %`;

/** To three figures: what is left of a link is no round number. */
const rateText = (bps: number): string => formatRate(Number(bps.toPrecision(3)) as BitsPerSecond);

/** Millionths of a coin as coins. */
const coinText = (micro: number): string => (micro / 1e6).toFixed(6);
