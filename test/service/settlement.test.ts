// The settlement as the API shows it, over both stores: market, evidence, disputes, coins of POPs, orders by signature; and
// what is said where it is not set up, or where something of it is away.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Compile } from "typebox/compile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ANSWERS } from "../../scripts/answers.ts";
import { COIN } from "../../src/settlement/chain/parameters.ts";
import type { CallerRole } from "../../src/topology/service/api/endpoint.ts";
import { ENDPOINTS } from "../../src/topology/service/api/endpoints.ts";
import type {
  AccountView,
  DisputeView,
  EpochView,
  LinkReportsView,
  OrderView,
  OrderWhole,
  PopCoinsView,
  QuoteView,
  SettlementView,
  TicketsView,
} from "../../src/wire/books.ts";
import { accountOf, Books } from "../support/books.ts";
import { srwan } from "../support/cli.ts";
import { TestService } from "../support/controller.ts";
import { overBothStores } from "../support/stores.ts";
import { popRecord, TestAgent } from "../support/test-agent.ts";

type Page<T> = { readonly items: readonly T[]; readonly next?: string; readonly note?: string };

/** Nobody listens there. */
const NOWHERE = "http://127.0.0.1:9/a-key-of-ours";
const LISTS = [
  "/api/v1/market/quotes",
  "/api/v1/settlement/epochs",
  "/api/v1/settlement/tickets",
  "/api/v1/settlement/reports",
  "/api/v1/settlement/disputes",
  "/api/v1/settlement/accounts",
  "/api/v1/orders",
];

const keepsToSchema = (path: string, body: unknown): void => {
  const answer = ENDPOINTS.find((one) => one.method === "GET" && one.path === path)?.answer;
  expect(answer && Compile(answer).Errors(body)).toEqual([]);
};

overBothStores(({ address }) => {
  let books: Books;
  let service: TestService;
  const tokens = new Map<CallerRole, string>();

  const read = async <T>(path: string, as: CallerRole = "settlement"): Promise<T> => {
    const { body, status } = await service.call("GET", path, undefined, { authorization: `Bearer ${tokens.get(as)}` });
    expect(status).toBe(200);
    keepsToSchema((path.split("?")[0] ?? "").replace(/(pops\/)\w+/, "$1:name"), body);
    return body;
  };
  /** Page by page, a few at a time. */
  const whole = async <T>(path: string, size: number): Promise<T[]> => {
    const items: T[] = [];
    for (let next: string | undefined = ""; next !== undefined; ) {
      const more: string = next === "" ? "" : `&after=${encodeURIComponent(next)}`;
      const page: Page<T> = await read(`${path}?limit=${size}${more}`);
      expect(page.items.length).toBeLessThanOrEqual(size);
      items.push(...page.items);
      next = page.next;
    }
    return items;
  };

  beforeAll(async () => {
    books = await Books.open(await address());
    await books.traffic(5);
    await books.quote("sea/alder>chi", 1, 5);
    await books.quote("sea-nrt", 2, 6, "infinity");
    await books.quote("sea/alder>chi", -9, -5);
    writeFileSync(join(books.folder, "quotes", "forged.json"), "{}");
    const { store, deployment, quotes } = books.settings;
    service = await TestService.start({
      store: await address(),
      "api.requestsPerMinute": "100000",
      "settlement.store": store,
      "settlement.deployment": deployment,
      "settlement.quotes": quotes,
      "settlement.chainUrl": NOWHERE,
    });
    for (const role of ["viewer", "settlement"] as const) {
      const { body } = await service.call("POST", "/api/v1/access-tokens", { name: `a-${role}`, role });
      tokens.set(role, (body as { token: string }).token);
    }
    const accounts = {
      sea: accountOf("sea"),
      chi: accountOf("chi").toUpperCase().replace("0X", "0x"),
      atl: accountOf("chi"),
    };
    for (const [name, account] of Object.entries(accounts)) {
      await new TestAgent(service.url, { ...popRecord(name), account }).join(await service.joinToken());
    }
    await new TestAgent(service.url, popRecord("fra")).join(await service.joinToken());
  });
  afterAll(async () => {
    await service?.remove();
    await books?.end();
  });

  it("says how far it is, and that the chain is away, without the key in its address", async () => {
    const state = await read<SettlementView>("/api/v1/settlement", "viewer");
    expect(state).toMatchObject({
      isSetUp: true,
      orders: true,
      epochs: { settled: 3, sealed: 1 },
      lastEpoch: books.epoch,
      chain: { state: "away", epochSeconds: 3_600 },
    });
    expect(state.chain.note).toContain("http://127.0.0.1:9: no chain answers there");
    expect(JSON.stringify(state)).not.toContain("a-key-of-ours");
  });

  it("lists quotes by their windows with what is known of each, and counts files that are none", async () => {
    const { items, note } = await read<Page<QuoteView>>("/api/v1/market/quotes", "viewer");
    expect(items.map(({ segment, pricePerGB, state }) => [segment, pricePerGB, state])).toEqual([
      ["sea-nrt", "infinity", "no price"],
      ["sea/alder>chi", String(COIN / 50n), "unknown"],
      ["sea/alder>chi", String(COIN / 50n), "expired"],
    ]);
    expect(items[0]?.seller).toBe(accountOf("seller"));
    expect(note).toMatch(/^1 file is no quote that its seller signed; the chain does not answer/);
    expect(await whole("/api/v1/market/quotes", 1)).toEqual(items);
  });

  it("shows what each epoch came to, the newest first", async () => {
    const epochs = await whole<EpochView>("/api/v1/settlement/epochs", 3);
    expect(epochs.map(({ epoch, state, disputes }) => [books.epoch - epoch, state, disputes])).toEqual([
      [1, "sealed", 1],
      [2, "settled", 1],
      [3, "settled", 0],
      [4, "settled", 0],
    ]);
    const [, , third] = epochs;
    expect(third).toMatchObject({ paths: 2, tickets: 4, amount: String((16n * COIN) / 10n), held: 0, unsigned: "0" });
    expect(third?.toMs).toBe((third?.epoch ?? 0) * 3_600_000 + 3_600_000);
  });

  it("sums tickets by path and provider, and reports by link and end, with the names that people gave", async () => {
    const tickets = await whole<TicketsView>("/api/v1/settlement/tickets", 3);
    expect(tickets).toHaveLength(4);
    expect(new Set(tickets.map(({ name }) => name))).toEqual(new Set(["lab: sea to lon", "chi's own, to lon"]));
    expect(
      tickets.every(
        ({ epoch, tickets: count, totalOut }) => epoch === books.epoch && count === 1 && totalOut === "200000000000",
      ),
    ).toBe(true);
    const reports = await whole<LinkReportsView>("/api/v1/settlement/reports", 4);
    const far = reports.find(({ name, reporter }) => name === "chi/alder>ewr" && reporter === accountOf("ewr"));
    expect(reports).toHaveLength(6);
    expect(far).toMatchObject({ inOctets: "190000000000", inPackets: "190000000", outOctets: "0", lastSeq: "6" });
    const before = await read<Page<TicketsView>>(`/api/v1/settlement/tickets?epoch=${books.epoch - 3}`);
    expect(before.items[0]).toMatchObject({ epoch: books.epoch - 3, lastSeq: "3" });
  });

  it("shows disputes in octets and in coins, each with what was claimed and what was paid", async () => {
    const all = await whole<DisputeView>("/api/v1/settlement/disputes", 1);
    expect(
      all.map(({ kind, unit, name, account, claimed, paid }) => [kind, unit, name, account, claimed, paid]),
    ).toEqual([
      [
        "carried, not signed for",
        "coins",
        "chi's own, to lon",
        accountOf("chi"),
        String((8n * COIN) / 10n),
        String(COIN / 2n),
      ],
      ["sent more than was received", "octets", "chi/alder>ewr", accountOf("chi"), "40000000000", "30000000000"],
    ]);
    const { items } = await read<Page<DisputeView>>(`/api/v1/settlement/disputes?epoch=${books.epoch - 2}`);
    expect(items.map(({ unit }) => unit)).toEqual(["octets"]);
  });

  it("adds up what accounts earned and applied, once, however often it is asked", async () => {
    const accounts = await whole<AccountView>("/api/v1/settlement/accounts", 2);
    expect(await whole("/api/v1/settlement/accounts", 100)).toEqual(accounts);
    const of = (who: "sea" | "chi" | "lab") => accounts.find(({ account }) => account === accountOf(who));
    expect(of("chi")?.pops).toEqual(["atl", "chi"]);
    // Three epochs of 0.8 SEG over three hops, less the fee of a hundredth.
    const hop = (((8n * COIN) / 10n) * 99n) / 100n / 3n;
    expect(of("sea")).toMatchObject({ earned: String(hop * 3n), earnedUnderWay: String(hop), applied: "0" });
    expect(of("chi")).toMatchObject({ applied: String((24n * COIN) / 10n), appliedUnderWay: String(COIN / 2n) });
    const sum = (field: "earned" | "applied") => accounts.reduce((total, one) => total + BigInt(one[field]), 0n);
    const fees = (await whole<EpochView>("/api/v1/settlement/epochs", 100))
      .filter(({ state }) => state === "settled")
      .reduce((total, { fee }) => total + BigInt(fee), 0n);
    expect(sum("applied") - fees).toBe(sum("earned"));
  });

  it("shows a POP's coins by its record's account, with whom it shares it, epoch by epoch", async () => {
    const chi = await read<PopCoinsView>("/api/v1/pops/chi/coins");
    expect(chi).toMatchObject({ account: accountOf("chi"), sharedWith: ["atl"], onChain: null });
    expect(chi.epochs.map(({ epoch, state }) => [books.epoch - epoch, state])).toEqual([
      [1, "sealed"],
      [2, "settled"],
      [3, "settled"],
      [4, "settled"],
    ]);
    expect(
      chi.epochs.filter(({ state }) => state === "settled").reduce((sum, { applied }) => sum + BigInt(applied), 0n),
    ).toBe(BigInt(chi.applied));
    expect(chi.note).toMatch(/^the chain does not answer/);
    const fra = await read<PopCoinsView>("/api/v1/pops/fra/coins");
    expect(fra).toMatchObject({ account: null, earned: "0", note: "the record of fra names no account" });
    expect((await service.call("GET", "/api/v1/pops/nobody/coins")).status).toBe(404);
  });

  it("says the same at a prompt", async () => {
    const env = {
      XDG_CONFIG_HOME: books.folder,
      SRWAN_SERVICE_URL: service.url,
      SRWAN_SERVICE_TOKEN: tokens.get("settlement") ?? "",
    };
    const { out } = await srwan(["coins"], { env });
    expect(out).toMatch(new RegExp(`^${accountOf("chi")} +atl,chi +0\\.726 SEG +2\\.4 SEG$`, "m"));
    const chi = await srwan(["coins", "chi"], { env });
    expect(chi.out).toMatch(
      /^chi: 0x\w{40}, which is also that of atl\nearned {4}0\.726 SEG, and 0\.264 SEG under way\n/,
    );
    expect(chi.out).toMatch(/^\d+ +\S+Z +settled +0\.198 SEG +0\.8 SEG$/m);
    expect((await srwan(["coins", "fra"], { env })).out).toBe("the record of fra names no account.\n");
    const data = JSON.parse((await srwan(["coins", "chi", "-o", "json"], { env })).out);
    expect(ANSWERS.coins && Compile(ANSWERS.coins).Errors(data)).toEqual([]);
  });

  it("lets a reader see the market and not the money", async () => {
    const authorization = `Bearer ${tokens.get("viewer")}`;
    for (const path of [...LISTS.slice(1), "/api/v1/pops/chi/coins"]) {
      expect((await service.call("GET", path, undefined, { authorization })).status).toBe(403);
    }
  });

  it("refuses a cursor of another list by its name", async () => {
    for (const path of LISTS) {
      const { status, body } = await service.call("GET", `${path}?after=nonsense`);
      expect([status, (body as { details: { field: string } }).details.field]).toEqual([400, "query.after"]);
    }
  });

  describe("orders", () => {
    const problem = async (path: string, body: unknown): Promise<unknown> => {
      const { status, body: said } = await service.call("POST", path, body);
      const { code, details } = said as { code?: string; details?: { field?: string } };
      return { status, code, field: details?.field };
    };

    it("are taken with the signature of whoever pays, once, and are in the store that workers share", async () => {
      const { id, terms } = await books.order(0);
      const asSettler = { authorization: `Bearer ${tokens.get("settlement")}` };
      const first = await service.call("POST", "/api/v1/orders", terms, asSettler);
      expect([first.status, (first.body as OrderWhole).id]).toEqual([201, id]);
      expect(first.headers.get("location")).toBe(`/api/v1/orders/${id}`);
      expect((await service.call("POST", "/api/v1/orders", terms)).status).toBe(200);
      const [row] = await books.store.read((db) => db.selectFrom("orders").select(["id", "opening"]).execute());
      expect([row?.id, Number(row?.opening)]).toEqual([id, 0]);
      const one = await service.call("GET", `/api/v1/orders/${id.slice(0, 12)}`);
      expect(one.body).toMatchObject({ id, terms, isDone: false, money: null, next: null, sealed: null });
    });

    it("come in pages, the newest first, and are counted with those who pay", async () => {
      for (const port of [1, 2]) await service.call("POST", "/api/v1/orders", (await books.order(port)).terms);
      const all = await whole<OrderView>("/api/v1/orders", 2);
      expect(all.map((one) => one.interface)).toEqual([2, 1, 0].map((port) => `HundredGigE0/0/0/${port}`));
      expect(all[0]).toMatchObject({ consumer: accountOf("lab"), amount: String(10n * COIN), dscp: [46] });
      const lab = popRecord("lab");
      await new TestAgent(service.url, { ...lab, account: accountOf("lab") }).join(await service.joinToken());
      const { orders } = await read<PopCoinsView>("/api/v1/pops/lab/coins");
      expect(orders).toEqual({ open: 3, amount: String(30n * COIN) });
    });

    it.each([
      ["another's signature", { amount: "11000000000000000000" }, "body.signature"],
      ["a checksum that is wrong", { provider: `0x${"aB".repeat(20)}` }, "body.order"],
    ])("are refused with %s", async (_what, change, field) => {
      const { terms } = await books.order(3);
      const spoilt = { ...terms, order: { ...terms.order, ...change } };
      expect(await problem("/api/v1/orders", spoilt)).toEqual({ status: 400, code: "ORDER_INVALID", field });
    });

    it.each([
      ["a deadline that is past", { deadline: 1n }, "body.order.deadline"],
      ["an end before the deadline", { until: 2n }, "body.order.until"],
      ["more held back than paid", { holdBack: 11n * COIN }, "body.order.holdBack"],
    ])("are refused with %s, though they are signed", async (_what, change, field) => {
      const { terms } = await books.order(3, change);
      expect(await problem("/api/v1/orders", terms)).toEqual({ status: 400, code: "ORDER_INVALID", field });
    });

    it("are cancelled by the word of whoever pays, and by no other", async () => {
      const { id, terms, cancel } = await books.order(4);
      const other = await books.order(5);
      await service.call("POST", "/api/v1/orders", terms);
      const at = `/api/v1/orders/${id}/cancel`;
      expect(await problem(at, { signature: other.cancel })).toMatchObject({ status: 400, field: "body.signature" });
      expect((await service.call("POST", at, { signature: cancel })).body).toMatchObject({ id, isCancelled: true });
      const unknown = await service.call("POST", "/api/v1/orders/0xffff/cancel", { signature: cancel });
      expect([unknown.status, (unknown.body as { code: string }).code]).toEqual([404, "ORDER_UNKNOWN"]);
    });
  });

  describe("a service that was given nothing of a settlement", () => {
    let bare: TestService;
    beforeAll(async () => {
      bare = await TestService.start({ store: await address() });
      await new TestAgent(bare.url, { ...popRecord("sea"), account: accountOf("sea") }).join(await bare.joinToken());
    });
    afterAll(() => bare?.remove());

    it("says so in lists that are empty, and in no error", async () => {
      for (const path of LISTS) {
        const { status, body } = await bare.call("GET", path);
        expect([status, body]).toEqual([
          200,
          { items: [], note: expect.stringMatching(/^settlement is not set up here: /) },
        ]);
      }
      const { body: state } = await bare.call("GET", "/api/v1/settlement");
      expect(state).toMatchObject({ isSetUp: false, note: expect.stringMatching(/^settlement is not set up here: /) });
      const { body: coins } = await bare.call("GET", "/api/v1/pops/sea/coins");
      expect(coins).toMatchObject({
        account: accountOf("sea"),
        earned: "0",
        note: expect.stringContaining("not set up"),
      });
    });

    it("refuses an order with what to set", async () => {
      const { status, body } = await bare.call("POST", "/api/v1/orders", (await books.order(6)).terms);
      expect([status, body]).toMatchObject([
        409,
        { code: "SETTLEMENT_NOT_SET_UP", remedy: expect.stringContaining("settlement.store") },
      ]);
    });
  });

  it("a store that is away is told as such, and the WAN goes on", async () => {
    const away = await TestService.start({
      store: await address(),
      "settlement.store": "postgres://nobody@127.0.0.1:9/nothing",
    });
    try {
      const { status, body } = await away.call("GET", "/api/v1/settlement/epochs");
      expect([status, (body as { code: string }).code]).toEqual([503, "STORE_UNAVAILABLE"]);
      expect((await away.call("GET", "/api/v1/status")).status).toBe(200);
      const { body: market } = await away.call("GET", "/api/v1/market/quotes");
      expect(market).toMatchObject({ items: [], note: expect.stringContaining("settlement.deployment") });
    } finally {
      await away.remove();
    }
  });
});
