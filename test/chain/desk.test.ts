// What the topology service shows of a settlement whose chain answers: quotes as they were sold and cancelled, an account's
// money, an order through the command line and back; and what is left of it when the chain goes away.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encryptKeystoreJson, type JsonRpcProvider } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deposit } from "../../src/settlement/chain/account.ts";
import { type Anvil, startAnvil } from "../../src/settlement/chain/anvil.ts";
import { attach, send } from "../../src/settlement/chain/contracts.ts";
import { deploy } from "../../src/settlement/chain/deploy.ts";
import { COIN } from "../../src/settlement/chain/parameters.ts";
import { openProvider } from "../../src/settlement/chain/provider.ts";
import { quoteOf } from "../../src/settlement/chain/quotes.ts";
import { signTyped } from "../../src/settlement/chain/sign.ts";
import type { OrderWhole, PopCoinsView, QuoteView, SettlementView } from "../../src/wire/books.ts";
import { accountOf, Books, PEOPLE, type Person } from "../support/books.ts";
import { srwan } from "../support/cli.ts";
import { TestService } from "../support/controller.ts";
import { popRecord, TestAgent } from "../support/test-agent.ts";
import { account, PARAMETERS, wallet, whyNoChain } from "./world.ts";

const ROUTER = 50;
const why = whyNoChain();

let chain: Anvil;
let provider: JsonRpcProvider;
let books: Books;
let service: TestService;

const file = (name: string): string => join(books.folder, name);
const by = (who: Person) => attach(books.deployment, wallet(PEOPLE[who]).connect(provider));

beforeAll(async () => {
  if (why !== undefined) return;
  chain = await startAnvil({ port: 0 });
  provider = await openProvider(chain.url);
  const deployer = await provider.getSigner(0);
  books = await Books.open(undefined, await deploy(deployer as never, PARAMETERS));
  for (const who of ["lab", "sea", "seller"] as const) {
    await provider.send("anvil_setBalance", [accountOf(who), "0xde0b6b3a7640000"]);
  }
  await send(attach(books.deployment, deployer), "SegmentCoin", "transfer", accountOf("lab"), 100n * COIN);
  const late = 2n ** 40n;
  await deposit(
    by("lab"),
    books.deployment,
    wallet(PEOPLE.lab).connect(provider) as never,
    accountOf("lab"),
    50n * COIN,
    late,
  );
  const consent = { provider: account(PEOPLE.sea), key: account(ROUTER) };
  const signature = await signTyped(wallet(ROUTER), books.deployment, "DeviceKey", consent);
  await send(by("sea"), "QosEscrow", "registerDevice", account(ROUTER), signature);
  const { address, privateKey } = wallet(PEOPLE.lab);
  const cheap = { scrypt: { N: 2, r: 1, p: 1 } };
  writeFileSync(file("lab.json"), await encryptKeystoreJson({ address, privateKey }, "a word", cheap));
  writeFileSync(file("lab.pw"), "a word\n", { mode: 0o600 });
  const { store, deployment, quotes } = books.settings;
  service = await TestService.start({
    "settlement.store": store,
    "settlement.deployment": deployment,
    "settlement.quotes": quotes,
    "settlement.chainUrl": chain.url,
  });
  const record = { ...popRecord("lab"), account: accountOf("lab") };
  await new TestAgent(service.url, record).join(await service.joinToken());
}, 60_000);
afterAll(async () => {
  await service?.remove();
  await books?.end();
  provider?.destroy();
  await chain?.stop();
});
beforeEach(({ skip }) => {
  if (why !== undefined) skip(why);
});

const get = async <T>(path: string): Promise<T> => (await service.call("GET", path)).body as T;

const run = (...words: string[]) =>
  srwan(words, {
    env: { XDG_CONFIG_HOME: books.folder, SRWAN_SERVICE_URL: service.url, SRWAN_SERVICE_TOKEN: service.token },
  });

describe("a service whose chain answers", () => {
  it("says which block and epoch it is", async () => {
    const { chain: told } = await get<SettlementView>("/api/v1/settlement");
    expect(told).toMatchObject({ state: "there", chainId: 31_337, epochSeconds: PARAMETERS.epochSeconds });
    expect(told.epoch).toBe(Math.floor(Date.now() / 1_000 / PARAMETERS.epochSeconds));
  });

  it("shows quotes as the chain has them: open, sold, cancelled", async () => {
    await books.quote("open", 1, 2);
    const soldId = await books.quote("sold", 2, 3);
    await books.quote("void", 3, 4);
    const read = (name: string) => JSON.parse(readFileSync(join(books.settings.quotes, name), "utf8"));
    const [sold, gone] = [read("2.json"), quoteOf(read("3.json"))];
    await send(by("lab"), "Ditex", "buy", quoteOf(sold), sold.signature, 10n, COIN, soldId);
    await send(by("seller"), "Ditex", "cancel", gone.nonce >> 8n, 1n << (gone.nonce & 255n));
    const { items, note } = await get<{ items: QuoteView[]; note?: string }>("/api/v1/market/quotes");
    expect(items.map(({ segment, state }) => [segment, state])).toEqual([
      ["void", "cancelled"],
      ["sold", "sold"],
      ["open", "open"],
    ]);
    expect(items[1]).toMatchObject({ buyer: accountOf("lab"), amount: String(COIN / 5n) });
    expect(note).toBeUndefined();
  });

  it("shows what a POP's account has on the chain", async () => {
    const { onChain, note } = await get<PopCoinsView>("/api/v1/pops/lab/coins");
    expect(onChain).toMatchObject({ free: String((498n * COIN) / 10n), earned: "0", coins: String(50n * COIN) });
    expect(note).toBe("");
  });

  it("takes an order from the command line of a consumer that reaches no store, shows it and cancels it", async () => {
    const url = ["--url", chain.url, "--deployment", file("chain.json")];
    const purse = ["--keystore", file("lab.json"), "--password-file", file("lab.pw")];
    const what = ["--interface", "HundredGigE0/0/0/7", "--dscp", "46", "--rate", "100mbit", "--until", "2h"];
    const whose = ["--provider", account(PEOPLE.sea), "--router-key", account(ROUTER), "--platform", "iosxr"];
    const bought = await run(
      "qos",
      "buy",
      "sea-r1",
      ...what,
      ...whose,
      "--price",
      "10",
      "--service",
      ...purse,
      ...url,
      "-o",
      "json",
    );
    expect([bought.exit, bought.err]).toEqual([0, ""]);
    const { id } = JSON.parse(bought.out) as { id: string };
    expect(await get<OrderWhole>(`/api/v1/orders/${id}`)).toMatchObject({ money: "None", next: "open", held: "0" });
    const status = await run("qos", "status", "--service");
    expect(status.out).toMatch(new RegExp(`${id.slice(0, 10)} +sea-r1 +None +open`));
    const cancelled = await run("qos", "cancel", id.slice(0, 12), "--service", ...purse, ...url);
    expect([cancelled.exit, cancelled.out]).toEqual([0, "Cancelled: the queue is taken away, and no money moves.\n"]);
    expect(await get<OrderWhole>(`/api/v1/orders/${id}`)).toMatchObject({ isCancelled: true, next: "give-up" });
    const one = await run("qos", "status", id.slice(0, 12), "--service", "-o", "json");
    expect(JSON.parse(one.out)).toMatchObject({ id, state: "None", schema: "srwan.order/1", sealed: null });
  });

  it("goes on with what the store has when the chain goes away", async () => {
    await chain.stop();
    const state = async () => (await get<SettlementView>("/api/v1/settlement")).chain.state;
    await expect.poll(state, { timeout: 20_000 }).toBe("away");
    const market = () => get<{ items: QuoteView[]; note?: string }>("/api/v1/market/quotes");
    const away = /^the chain does not answer: (asking it|http)/;
    await expect.poll(async () => (await market()).note ?? "", { timeout: 20_000 }).toMatch(away);
    // What it said last is still known.
    expect((await market()).items.map(({ state: told }) => told)).toEqual(["cancelled", "sold", "open"]);
    const { items, note } = await get<{ items: { money: null }[]; note?: string }>("/api/v1/orders");
    expect([items.length, items[0]?.money, note]).toEqual([
      1,
      null,
      expect.stringMatching(/^the chain does not answer/),
    ]);
    expect((await get<PopCoinsView>("/api/v1/pops/lab/coins")).onChain).toBeNull();
  });
});
