// The verbs of coins as whole processes: a wallet is made, pays in, sells, buys, votes, claims, and takes everything out.

import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { encryptKeystoreJson, type JsonRpcProvider, Wallet } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Anvil, startAnvil } from "../../src/settlement/chain/anvil.ts";
import { attach, read, send } from "../../src/settlement/chain/contracts.ts";
import { deploy } from "../../src/settlement/chain/deploy.ts";
import { type Deployment, writeDeployment } from "../../src/settlement/chain/deployment.ts";
import { openProvider } from "../../src/settlement/chain/provider.ts";
import { widest } from "../support/cli.ts";
import { coins } from "./flows.ts";
import { PARAMETERS, whyNoChain } from "./world.ts";

const SRWAN = join(import.meta.dirname, "..", "..", "bin", "srwan");
const folder = mkdtempSync(join(tmpdir(), "srwan-money-"));
const file = (name: string): string => join(folder, name);
const why = whyNoChain();

let chain: Anvil;
let provider: JsonRpcProvider;
let deployment: Deployment;

beforeAll(async () => {
  if (why !== undefined) return;
  chain = await startAnvil({ port: 0 });
  provider = await openProvider(chain.url);
  deployment = await deploy((await provider.getSigner(0)) as never, PARAMETERS);
  writeDeployment(file("srwan-chain.json"), deployment);
  for (const name of ["ann", "bob"]) {
    writeFileSync(file(`${name}.pw`), `a word of ${name}\n`, { mode: 0o600 });
    const key = Wallet.createRandom();
    const { address, privateKey } = key;
    // As cheap as it can be: what is tried here is not how long a guess takes.
    const cheap = { scrypt: { N: 2, r: 1, p: 1 } };
    writeFileSync(file(`${name}.json`), await encryptKeystoreJson({ address, privateKey }, `a word of ${name}`, cheap));
    addresses.set(name, address);
    await provider.send("anvil_setBalance", [address, "0xde0b6b3a7640000"]);
    await send(attach(deployment, await provider.getSigner(0)), "SegmentCoin", "transfer", address, coins(100));
  }
});
afterAll(async () => {
  provider?.destroy();
  await chain?.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(({ skip }) => {
  if (why !== undefined) skip(why);
});

const purse = (name: string): string[] => ["--keystore", file(`${name}.json`), "--password-file", file(`${name}.pw`)];
/** Never in step: the chain's own output is read by this process. */
async function run(words: readonly string[]) {
  const child = spawn(SRWAN, words, { cwd: folder, env: { ...process.env, XDG_CONFIG_HOME: folder } });
  const gone = new Promise<number | null>((done) => child.on("close", done));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), gone]);
  return { status, stdout, stderr };
}

/** What a person reads; every line fits a terminal. */
async function said(...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await run([...words, "--url", chain.url]);
  expect([words, status, stderr]).toEqual([words, 0, ""]);
  expect(widest(stdout), stdout).toBeLessThanOrEqual(80);
  return stdout;
}

async function told(...words: string[]) {
  const { status, stdout, stderr } = await run([...words, "--url", chain.url, "-o", "json"]);
  expect([words, status, stderr]).toEqual([words, 0, ""]);
  return JSON.parse(stdout);
}

/** [exit, code, message, remedy] */
async function refused(...words: string[]): Promise<[number | null, string, string, string]> {
  const { status, stderr } = await run([...words, "--url", chain.url, "-o", "json"]);
  const { code, message, remedy } = JSON.parse(stderr).error;
  return [status, code, message, remedy];
}

const addresses = new Map<string, string>();
const addressOf = (name: string): string => addresses.get(name) ?? "";

async function pass(seconds: number): Promise<void> {
  await provider.send("evm_increaseTime", [seconds]);
  await provider.send("evm_mine", []);
}
const now = async (): Promise<number> => (await provider.getBlock("latest"))?.timestamp ?? 0;

describe("srwan wallet", () => {
  it("keeps keys encrypted, never writes over one, and shows no secret", async () => {
    writeFileSync(file("c.pw"), "a word of carol\n", { mode: 0o600 });
    const made = await run(["wallet", "create", ...purse("c")]);
    expect([made.status, made.stderr]).toEqual([0, ""]);
    const shown = await run(["wallet", "show", "--keystore", file("c.json")]);
    expect(made.stdout.split("\n")[0]).toBe(shown.stdout.trim());
    const kept = readFileSync(file("c.json"), "utf8");
    expect(JSON.parse(kept)).toMatchObject({ Crypto: { kdf: "scrypt", kdfparams: { n: 131_072 } } });
    expect(statSync(file("c.json")).mode & 0o777).toBe(0o600);
    const again = await run(["wallet", "create", ...purse("c"), "-o", "json"]);
    expect([again.status, JSON.parse(again.stderr).error.message]).toEqual([
      2,
      expect.stringContaining("a file already"),
    ]);
    expect(readFileSync(file("c.json"), "utf8")).toBe(kept);
    expect(made.stdout + again.stderr).not.toContain("a word of carol");
  });

  it("refuses a password that others can read, one that is empty, and one that is another's", async () => {
    writeFileSync(file("open.pw"), "x\n");
    chmodSync(file("open.pw"), 0o644);
    writeFileSync(file("empty.pw"), "\n", { mode: 0o600 });
    const create = async (pw: string) => {
      const words = ["wallet", "create", "--keystore", file("d.json"), "--password-file", file(pw), "-o", "json"];
      const { status, stderr } = await run(words);
      return [status, JSON.parse(stderr).error.code];
    };
    expect(await create("open.pw")).toEqual([4, "KEY_EXPOSED"]);
    expect(await create("empty.pw")).toEqual([2, "KEYSTORE_INVALID"]);
    const mixed = ["--keystore", file("ann.json"), "--password-file", file("bob.pw")];
    expect((await refused("vote", "self", ...mixed)).slice(0, 2)).toEqual([2, "KEYSTORE_INVALID"]);
  });

  it("shows what there is and sends it, and says who has too little of what", async () => {
    const bob = addressOf("bob");
    expect(await said("wallet", "balance", "--keystore", file("ann.json"))).toContain("in hand         100 SEG");
    expect(await said("wallet", "transfer", bob, "12.5", ...purse("ann"))).toBe(`12.5 SEG went to ${bob}.\n`);
    expect(await told("wallet", "balance", bob)).toMatchObject({
      address: bob,
      coins: String(coins(225) / 2n),
      votes: "0",
    });
    const [status, code, message, remedy] = await refused("wallet", "transfer", bob, "1000", ...purse("ann"));
    expect([status, code]).toEqual([1, "CHAIN_REFUSED"]);
    expect(message).toContain(`${addressOf("ann")} has 87.5 SEG; 1000 SEG are wanted`);
    expect(remedy).toContain("have coins sent to that address");
  });

  it.each([
    ["an amount that is none", ["wallet", "transfer", `0x${"11".repeat(20)}`, "much"], 'AMOUNT: amount "much"'],
    ["nothing", ["escrow", "deposit", "0"], "AMOUNT 0: nothing"],
    ["an address that is none", ["wallet", "transfer", "bob", "1"], "TO bob: no address"],
    ["a wallet without its password", ["vote", "self", "--keystore", "x"], "--password-file is missing"],
  ])("refuses %s", async (_what, words, expected) => {
    const keyed = words.includes("--keystore") ? words : [...words, ...purse("ann")];
    const [status, , message] = await refused(...keyed);
    expect([status, message]).toEqual([2, expect.stringContaining(expected)]);
  });
});

describe("srwan escrow", () => {
  it("takes coins in with one transaction, and out when they have thawed", async () => {
    const blocks = await provider.getBlockNumber();
    expect(await said("escrow", "deposit", "40", ...purse("ann"))).toContain("free in escrow  40 SEG");
    expect((await provider.getBlockNumber()) - blocks).toBe(1);
    expect(await told("escrow", "deposit", "1", "--cap", "5", ...purse("ann"))).toMatchObject({
      cap: String(coins(5)),
    });
    expect((await refused("escrow", "withdraw", "100", ...purse("ann")))[2]).toContain("has 41 SEG free in the escrow");
    expect((await refused("escrow", "withdraw", ...purse("ann")))[2]).toContain("nothing of");
    expect(await said("escrow", "withdraw", "10", ...purse("ann"))).toContain("10 SEG, ready at 20");
    const [status, code, message, remedy] = await refused("escrow", "withdraw", ...purse("ann"));
    expect([status, code, message]).toEqual([1, "CHAIN_REFUSED", expect.stringContaining("not ready before 20")]);
    expect(remedy).toContain("Run it again after 20");
    await pass(6 * PARAMETERS.epochSeconds);
    expect(await said("escrow", "withdraw", ...purse("ann"))).toContain("10 SEG went to");
    await said("escrow", "withdraw", "1", ...purse("ann"));
    expect(await said("escrow", "withdraw", "--stop", ...purse("ann"))).toContain("1 SEG are free again");
    expect(await said("escrow", "status", addressOf("ann"))).toContain("free in escrow  31 SEG");
  });

  it("registers whoever is to be paid, once", async () => {
    expect(await said("escrow", "register", ...purse("bob"))).toContain("may be paid from epoch");
    expect((await refused("escrow", "register", ...purse("bob")))[2]).toContain("may be paid since epoch");
  });
});

describe("srwan market", () => {
  const quotes = (): string[] => readdirSync(file("srwan-quotes")).toSorted();
  const latest = (): string => join("srwan-quotes", quotes().at(-1) ?? "");
  const quote = (segment: string, price: string, ...more: string[]) =>
    told("market", "quote", segment, "--price", price, "--from", "1h", "--until", "3h", ...more, ...purse("bob"));

  it("sells a window once, and pays when it is over", async () => {
    expect(
      await said("market", "quote", "sea-fra", "--price", "0.02", "--from", "1h", "--until", "3h", ...purse("bob")),
    ).toContain("0.02 SEG a GB");
    const sold = latest();
    expect(await said("market", "list")).toMatch(/open +20.* +2 +0\.02 SEG +sea-fra/);
    const buy = (gb: string, most: string) => ["market", "buy", sold, "--gb", gb, "--most", most, ...purse("ann")];
    expect((await refused(...buy("100", "0.01")))[2]).toContain(
      "asks 0.02 SEG a GB; 0.01 SEG is the most you would pay",
    );
    expect((await refused(...buy("100000", "0.02")))[2]).toContain("SEG free in the escrow; 2000 SEG are wanted");
    expect(await said(...buy("100", "0.02"))).toContain("2 SEG wait in the escrow");
    expect((await refused(...buy("100", "0.02")))[2]).toContain("was sold or cancelled");
    expect((await refused("market", "cancel", sold, ...purse("bob"))).slice(0, 2)).toEqual([4, "QUOTE_SOLD"]);
    expect((await refused("market", "pay", sold, ...purse("bob")))[2]).toContain("it is too early before");
    await pass(4 * 3_600);
    expect(await said("market", "pay", sold, ...purse("bob"))).toContain("has earned 2 SEG, less the fee");
    expect(await told("market", "list", "--all")).toMatchObject([{ state: "paid", buyer: addressOf("ann") }]);
    expect(await said("escrow", "withdraw", "--earned", ...purse("bob"))).toContain("1.98 SEG of earnings went to");
  });

  it("gives a buyer's money back when the seller wants it so", async () => {
    await quote("sea-nrt", "1");
    const path = latest();
    await said("market", "buy", path, "--gb", "3", "--most", "1", ...purse("ann"));
    expect((await refused("market", "cancel", path, "--give-back", ...purse("ann")))[2]).toContain(
      "is the seller, not",
    );
    expect(await said("market", "cancel", path, "--give-back", ...purse("bob"))).toContain("has its money back");
    expect(await told("escrow", "status", addressOf("ann"))).toMatchObject({ free: String(coins(29)) });
  });

  it("sells nothing that has no price, was cancelled, has expired, or was altered", async () => {
    const buy = (path: string) => refused("market", "buy", path, "--gb", "1", "--most", "5", ...purse("ann"));
    await quote("sea-syd", "infinity");
    expect((await buy(latest()))[2]).toContain("the quote has no price");
    await quote("sea-lhr", "2");
    const altered = JSON.parse(readFileSync(file(latest()), "utf8"));
    altered.quote.pricePerGB = "1";
    writeFileSync(file("altered.json"), JSON.stringify(altered));
    expect((await buy("altered.json")).slice(0, 3)).toEqual([
      2,
      "QUOTE_INVALID",
      expect.stringMatching(/altered\.json: quote\.seller = 0x\w+ did not sign it/),
    ]);
    await said("market", "cancel", latest(), ...purse("bob"));
    expect((await buy(latest()))[2]).toContain("was sold or cancelled");
    await quote("sea-lax", "2", "--expires", "1m");
    await pass(120);
    expect((await buy(latest()))[2]).toContain("the quote expired at 20");
    expect(await said("market", "list")).toContain("No quote in srwan-quotes is open. --all shows the others.");
  });
});

describe("srwan vote and dividends", () => {
  it("votes move no coin, and a round pays the wallet and its voter", async () => {
    const before = await told("wallet", "balance", addressOf("ann"));
    expect(await said("vote", addressOf("bob"), ...purse("ann"))).toContain("No coin moved.");
    expect((await told("wallet", "balance", addressOf("ann"))).coins).toBe(before.coins);
    const length = PARAMETERS.roundSeconds;
    // A whole round in which nothing moves, with something in the pool.
    await pass(length - ((await now()) % length) + 1);
    const round = Math.floor((await now()) / length);
    const contracts = attach(deployment, await provider.getSigner(0));
    const pool = deployment.contracts.DividendPool.address;
    await send(contracts, "SegmentCoin", "approve", deployment.contracts.Escrow.address, coins(10));
    await send(contracts, "Escrow", "fund", pool, coins(10));
    // With what there was of fees.
    const pot = await read(contracts, "Escrow", "pools", pool);
    expect(
      (await refused("dividends", "name", addressOf("bob"), "--round", String(round), ...purse("ann")))[2],
    ).toContain(`round ${round} still runs`);
    await pass(length);
    expect(await said("dividends", "list", addressOf("ann"))).toMatch(new RegExp(`${round} +naming`));
    expect(await said("dividends", "name", addressOf("bob"), ...purse("ann"))).toContain(
      `on the list of round ${round}`,
    );
    expect(await said("dividends", "claim", ...purse("ann"))).toContain("Nothing can be claimed now");
    await pass(length / 4);
    const { sum: voters } = await told("dividends", "claim", ...purse("ann"));
    const { sum: wallets } = await told("dividends", "claim", ...purse("bob"));
    expect([BigInt(voters), BigInt(wallets)]).toEqual([(pot * 4n) / 5n, pot / 5n]);
    expect((await told("dividends", "claim", ...purse("ann"))).claimed).toEqual([]);
    expect((await told("wallet", "balance", addressOf("ann"))).earned).toBe(voters);
    await said("vote", "nobody", ...purse("ann"));
  });
});
