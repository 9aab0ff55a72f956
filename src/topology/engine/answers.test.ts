// What an answer says beside its paths: ties and stability, who may use what, and a receipt that gives the reasons.

import { describe, expect, it } from "vitest";
import { SrwanError } from "../../base/errors.ts";
import { bindingConstraints } from "./explain.ts";
import { Matrix } from "./matrix.ts";
import type { PopSpec, SegmentSpec } from "./matrix-schema.ts";
import { findPaths } from "./paths.ts";
import type { Request } from "./request.ts";

const segment = (from: string, to: string, delayUs: number, rest: Partial<SegmentSpec> = {}): SegmentSpec => ({
  ...{ from, transit: "t1", to, delayUs, boundUs: 0 },
  ...rest,
});

/** ams to gru: over bom in 20 µs, over cdg in 24, directly in 40. */
const three = (rest: Partial<Record<"bom" | "cdg" | "direct", Partial<SegmentSpec>>> = {}): SegmentSpec[] => [
  segment("ams", "bom", 10, rest.bom),
  segment("bom", "gru", 10, rest.bom),
  segment("ams", "cdg", 12, rest.cdg),
  segment("cdg", "gru", 12, rest.cdg),
  segment("ams", "gru", 40, rest.direct),
];

const matrixOf = (segments: readonly SegmentSpec[], pops: Partial<Record<string, Partial<PopSpec>>> = {}): Matrix =>
  new Matrix({ pops: ["ams", "bom", "cdg", "gru"].map((name) => ({ name, ...pops[name] })), segments: [...segments] });

function ask(matrix: Matrix, rest: Partial<Request> = {}) {
  const ends = { from: matrix.popId("ams") ?? -1, to: matrix.popId("gru") ?? -1 };
  const { paths, receipt } = findPaths(matrix, { ...ends, ...rest });
  const over = paths.map(
    ({ pops }) =>
      pops
        .slice(1, -1)
        .map((pop) => matrix.pops[pop]?.name)
        .join() || "direct",
  );
  return { over, paths, receipt };
}

const overCdg = (matrix: Matrix): number[] => [
  ...(ask(matrix, { must: [{ kind: "pop", name: "cdg" }] }).paths[0]?.segments ?? []),
];

it("takes, of paths that cost alike, the one that leaves by the lower segment where they first part", () => {
  const ways = ["ams>bom", "bom>fra", "fra>gru", "ams>fox", "fox>cdg", "cdg>gru"].map((way) => way.split(">"));
  const matrix = new Matrix({
    pops: ["ams", "bom", "cdg", "fox", "fra", "gru"].map((name) => ({ name })),
    segments: ways.map(([from = "", to = ""]) => segment(from, to, 10)),
  });
  expect(ask(matrix, { count: 2 }).over).toEqual(["bom,fra", "fox,cdg"]);
});

describe("stability", () => {
  it("keeps the path in use while the difference is within its bound, and says so", () => {
    const matrix = matrixOf(three({ bom: { boundUs: 1 }, cdg: { boundUs: 1 } }));
    const { over, receipt } = ask(matrix, { current: overCdg(matrix) });
    expect(over).toEqual(["cdg"]);
    expect(receipt.kept).toMatchObject({ difference: 4, bound: 4, isTie: true });
  });

  it("moves when the difference is more than its bound", () => {
    const matrix = matrixOf(three({ bom: { boundUs: 1 }, cdg: { boundUs: 0 } }));
    const { over, receipt } = ask(matrix, { current: overCdg(matrix) });
    expect([over, receipt.kept]).toEqual([["bom"], undefined]);
    expect(receipt.runnerUp).toMatchObject({ difference: 4, bound: 2, isTie: false });
  });

  it("counts only the bounds of what two paths do not share", () => {
    const tail = segment("gru", "nrt", 50, { boundUs: 1_000 });
    const pops = ["ams", "bom", "cdg", "gru", "nrt"].map((name) => ({ name }));
    const matrix = new Matrix({ pops, segments: [...three(), tail] });
    const ends = { from: matrix.popId("ams") ?? -1, to: matrix.popId("nrt") ?? -1 };
    const current = findPaths(matrix, { ...ends, must: [{ kind: "pop", name: "cdg" }] }).paths[0]?.segments ?? [];
    const { receipt } = findPaths(matrix, { ...ends, current });
    expect([receipt.kept, receipt.runnerUp?.bound]).toEqual([undefined, 0]);
  });

  it("does not keep a path that no longer fits", () => {
    const matrix = matrixOf(three({ bom: { boundUs: 9 }, cdg: { boundUs: 9 } }));
    expect(ask(matrix, { current: overCdg(matrix), never: [{ kind: "pop", name: "cdg" }] }).over).toEqual(["bom"]);
  });

  it("keeps the path in use at equal price, where no bound applies", () => {
    const free = { priceMicroPerGB: 3 };
    const matrix = matrixOf(three({ bom: free, cdg: free, direct: { priceMicroPerGB: 6 } }));
    expect(ask(matrix, { current: overCdg(matrix), intent: "cheapest" }).over).toEqual(["cdg"]);
  });
});

describe("who may use a segment", () => {
  it("nobody but its owner at price infinity, whatever is asked", () => {
    const matrix = matrixOf(three({ bom: { priceMicroPerGB: "infinity", owner: "acme" } }));
    expect(ask(matrix).over).toEqual(["cdg"]);
    expect(ask(matrix, { owner: "else" }).over).toEqual(["cdg"]);
    expect(ask(matrix, { owner: "acme" }).over).toEqual(["bom"]);
    expect(ask(matrix).receipt.refused).toEqual({ infinity: 2 });
  });

  it("its owner for nothing", () => {
    const matrix = matrixOf(three({ bom: { priceMicroPerGB: 9, owner: "acme" }, cdg: { priceMicroPerGB: 1 } }));
    expect(ask(matrix, { intent: "cheapest" }).over).toEqual(["cdg"]);
    const { over, paths } = ask(matrix, { intent: "cheapest", owner: "acme" });
    expect([over, paths[0]?.totals.priceMicroPerGB]).toEqual([["bom"], 0]);
  });

  it("nobody for a price that nobody named, where price counts; anybody where it does not", () => {
    const matrix = matrixOf(three({ cdg: { priceMicroPerGB: 5 }, direct: { priceMicroPerGB: 5 } }));
    expect(ask(matrix, { intent: "cheapest" }).over).toEqual(["direct"]);
    expect(ask(matrix).over).toEqual(["bom"]);
    expect(ask(matrix).paths[0]?.totals.priceMicroPerGB).toBeUndefined();
  });

  it("only while its window is open, also past midnight, and never when nobody says what time it is", () => {
    const windows = [{ days: ["sat" as const], from: "22:00", to: "04:00" }];
    const matrix = matrixOf(three({ bom: { windows } }));
    const at = (iso: string) => ask(matrix, { atMs: Date.parse(iso) }).over[0];
    expect(at("2026-01-03T22:00:00Z")).toBe("bom");
    expect(at("2026-01-04T03:59:59Z")).toBe("bom");
    expect(at("2026-01-04T04:00:00Z")).toBe("cdg");
    expect(at("2026-01-04T22:30:00Z")).toBe("cdg");
    expect(ask(matrix).over).toEqual(["cdg"]);
  });

  it("nobody in quarantine, of a segment; a POP in quarantine relays nothing and still ends paths", () => {
    expect(ask(matrixOf(three({ bom: { quarantine: "contradicts others" } }))).over).toEqual(["cdg"]);
    expect(ask(matrixOf(three(), { bom: { quarantine: "slow" }, gru: { quarantine: "slow" } })).over).toEqual(["cdg"]);
  });

  it("nobody without a measurement: missing and zero never win", () => {
    for (const bom of [{ delayUs: null }, { delayUs: 0 }]) {
      const { over, receipt } = ask(matrixOf(three({ bom })));
      expect([over, receipt.refused]).toEqual([["cdg"], { unmeasured: 2 }]);
    }
  });

  it("only a request that names its isolation set, and that request nothing else", () => {
    const matrix = matrixOf(three({ cdg: { isolation: ["bank"] } }));
    expect(ask(matrix).over).toEqual(["bom"]);
    expect(ask(matrix, { count: 9, isolation: "bank" }).over).toEqual(["cdg"]);
  });
});

describe("limits", () => {
  it("on delay hold at the worst that the bounds allow, unless the nominal values are asked for", () => {
    const matrix = matrixOf(three({ bom: { boundUs: 3 }, cdg: { boundUs: 0 } }));
    expect(ask(matrix, { maxDelayUs: 25 }).over).toEqual(["cdg"]);
    expect(ask(matrix, { maxDelayUs: 25, bounds: "nominal" }).over).toEqual(["bom"]);
  });

  it("on loss let a path through that loses exactly so much, whatever was rounded", () => {
    for (let lossPpm = 1; lossPpm <= 60; lossPpm++) {
      const maxLossPpm = 1e6 * (1 - (1 - lossPpm / 1e6) ** 2);
      const matrix = matrixOf(three({ bom: { lossPpm }, cdg: { lossPpm: 500 }, direct: { lossPpm: 500 } }));
      expect(ask(matrix, { maxLossPpm }).over, `${lossPpm} ppm`).toEqual(["bom"]);
      expect(ask(matrix, { maxLossPpm: maxLossPpm - 0.01 }).over, `${lossPpm} ppm`).toEqual([]);
    }
  });

  it("say in the receipt what they use up", () => {
    const { receipt } = ask(matrixOf(three({ bom: { boundUs: 2 } })), { maxDelayUs: 25, maxHops: 4 });
    expect(receipt.limits).toEqual([
      { name: "maxDelayUs", limit: 25, used: 24 },
      { name: "maxHops", limit: 4, used: 2 },
    ]);
  });

  it("are each named with what the path would be without them", () => {
    const matrix = matrixOf(three());
    const ends = { from: matrix.popId("ams") ?? -1, to: matrix.popId("gru") ?? -1 };
    const request: Request = { ...ends, maxHops: 2, never: [{ kind: "pop", name: "bom" }], maxDelayUs: 50 };
    expect(bindingConstraints(matrix, request)).toEqual([
      {
        constraint: "never",
        value: { kind: "pop", name: "bom" },
        gain: 4,
        path: expect.objectContaining({ totals: expect.anything() }),
      },
    ]);
    const impossible = { ...request, maxDelayUs: 10 };
    expect(findPaths(matrix, impossible).paths).toEqual([]);
    expect(bindingConstraints(matrix, impossible)).toMatchObject([
      { constraint: "maxDelayUs", value: 10, gain: undefined },
    ]);
  });
});

describe("a demand for encryption", () => {
  const tags = { tags: ["encrypted"] };

  it("takes the best path whose every segment is encrypted, and says what it costs", () => {
    const matrix = matrixOf(three({ cdg: tags, direct: tags }));
    expect(ask(matrix, { encrypted: true, count: 3 }).over).toEqual(["cdg", "direct"]);
    expect(ask(matrix, { encrypted: false }).over).toEqual(["bom"]);
    const ends = { from: matrix.popId("ams") ?? -1, to: matrix.popId("gru") ?? -1 };
    const binding = bindingConstraints(matrix, { ...ends, encrypted: true });
    expect(binding).toMatchObject([{ constraint: "encrypted", gain: 4 }]);
  });

  it("is not met by half a path, nor by a POP of that tag", () => {
    const half = three().map((one) => (one.from === "ams" ? { ...one, ...tags } : one));
    const all = Object.fromEntries(["ams", "bom", "cdg", "gru"].map((name) => [name, tags]));
    const { over, receipt } = ask(matrixOf(half.slice(0, 4), all), { encrypted: true });
    expect(over).toEqual([]);
    expect(receipt.refused.plain).toBe(2);
  });
});

describe("intents", () => {
  const wide = { availableBps: 9e9, priceMicroPerGB: 9 };
  const narrow = { availableBps: 1e9, priceMicroPerGB: 1 };
  const matrix = matrixOf(three({ bom: { ...narrow, priceMicroPerGB: 5 }, cdg: wide, direct: narrow }));

  it("each choose by their own measure", () => {
    expect(ask(matrix, { intent: "lowest-latency" }).over).toEqual(["bom"]);
    expect(ask(matrix, { intent: "cheapest" }).over).toEqual(["direct"]);
    expect(ask(matrix, { intent: "highest-throughput" }).over).toEqual(["cdg"]);
    expect(ask(matrix, { intent: "redundant", apart: ["pop"] }).over).toEqual(["bom", "cdg"]);
  });

  it("of the widest paths give the quickest", () => {
    const even = matrixOf(three({ bom: wide, cdg: wide, direct: wide }));
    expect(ask(even, { intent: "highest-throughput", count: 3 }).over).toEqual(["bom", "cdg", "direct"]);
  });

  it("give way to a stated weighting", () => {
    expect(ask(matrix, { weights: { delay: 1, price: 5 } }).over).toEqual(["direct"]);
    expect(ask(matrix, { weights: { delay: 1, price: 0.1 } }).over).toEqual(["bom"]);
  });
});

it("refuses delays that go back in time around a cycle, for then a clock stepped", () => {
  const matrix = matrixOf([...three(), segment("cdg", "bom", 3), segment("bom", "cdg", -9)]);
  try {
    ask(matrix);
    throw new Error("it answered");
  } catch (error) {
    expect(error).toBeInstanceOf(SrwanError);
    expect(error).toMatchObject({ code: "MATRIX_INVALID", remedy: expect.stringContaining("clock") });
  }
});
