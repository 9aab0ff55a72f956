// `srwan qos` as whole processes, with a chain and a router: an order is placed, served, looked at and cancelled.

import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { encryptKeystoreJson } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { writeDeployment } from "../../src/settlement/chain/deployment.ts";
import type { Hex } from "../../src/settlement/typed.ts";
import { widest } from "../support/cli.ts";
import { coins, consumer, provider } from "./flows.ts";
import { PAYER, ROUTER, VALIDATORS } from "./qos-parts.ts";
import { QosWorld, whyNoQos } from "./qos-world.ts";
import { account, wallet } from "./world.ts";

const SRWAN = join(import.meta.dirname, "..", "..", "bin", "srwan");
const why = whyNoQos();
let w: QosWorld;
const file = (name: string): string => join(w.folder, name);

/** Keystores of the accounts that take part, as cheap as they can be. */
const PEOPLE = { me: 10, payer: PAYER, router: ROUTER, v0: VALIDATORS[0], v1: VALIDATORS[1], stranger: 99 };

beforeAll(async () => {
  if (why !== undefined) return;
  w = await QosWorld.start();
  writeDeployment(file("srwan-chain.json"), w.world.deployment);
  for (const [name, i] of Object.entries(PEOPLE)) {
    const { address, privateKey } = wallet(i);
    const cheap = { scrypt: { N: 2, r: 1, p: 1 } };
    writeFileSync(file(`${name}.json`), await encryptKeystoreJson({ address, privateKey }, "a word", cheap));
    writeFileSync(file(`${name}.pw`), "a word\n", { mode: 0o600 });
    await w.world.provider.send("anvil_setBalance", [address, "0x3635c9adc5dea00000"]);
  }
  const { target } = w.server;
  const identity = join(w.server.folder, "user");
  const key = readFileSync(join(w.server.folder, "host.pub"), "utf8").trim();
  writeFileSync(
    file("devices.yaml"),
    `devices:\n  - {name: sea-r1, host: 127.0.0.1, port: ${target.port}, user: ${w.server.user}, family: iosxr, ` +
      `hostKeys: ["${key}"], identity: ${identity}}\n`,
  );
}, 60_000);
afterAll(() => w?.end());
beforeEach(({ skip }) => {
  if (why !== undefined) skip(why);
});

const purse = (name: keyof typeof PEOPLE, as = ""): string[] => [
  `--${as}keystore`,
  file(`${name}.json`),
  `--${as}password-file`,
  file(`${name}.pw`),
];

async function run(...words: string[]) {
  const child = spawn(SRWAN, [...words, "--url", w.world.anvil.url], {
    cwd: w.folder,
    env: { ...process.env, XDG_CONFIG_HOME: w.folder, XDG_STATE_HOME: w.folder },
  });
  const gone = new Promise<number | null>((done) => child.on("close", done));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), gone]);
  return { status, stdout, stderr };
}

const buy = (port: number, more: Readonly<Record<string, string>> = {}) => {
  const flags = {
    interface: `HundredGigE0/0/0/${port}`,
    dscp: "46",
    rate: "100mbit",
    until: "2h",
    price: "10",
    provider: provider(0),
    "router-key": account(ROUTER),
    platform: "iosxr",
    ...more,
  };
  const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  return run("qos", "buy", "sea-r1", ...words, ...purse("me"), "-o", "json");
};

/** Two validators, of which one also has the router: each a process of its own. */
async function serve(): Promise<void> {
  const all = ["--once", "--unverified", "--devices", file("devices.yaml"), ...purse("payer")];
  for (const keys of [[...purse("router", "router-"), ...purse("v0", "validator-")], purse("v1", "validator-")]) {
    const { status, stderr } = await run("qos", "serve", ...all, ...keys);
    expect([status, stderr.includes("a word")]).toEqual([0, false]);
    await w.blocks(4);
  }
}

const state = async (id: Hex, wanted: string): Promise<void> => {
  for (let looks = 0; looks < 8 && (await w.state(id)) !== wanted; looks++) await serve();
  expect(await w.state(id)).toBe(wanted);
};

describe("srwan qos", { timeout: 120_000 }, () => {
  it.each([
    ["more than there is", { price: "100000" }, 1, "--price 100000 SEG: 0x"],
    ["a key of nobody", { "router-key": account(77) }, 1, "is registered by nobody"],
    ["an end that is past", { until: "2020-01-01T00:00Z" }, 2, "--until is not after --within"],
    ["a DSCP that is none", { dscp: "64" }, 2, "--dscp 64"],
    ["an interface that is none", { interface: "eth 0" }, 2, "--interface"],
    ["a rate that no router counts in", { rate: "1500bit" }, 2, "--rate"],
    ["a queue for everybody", { dscp: "0" }, 4, "0 is what all unmarked traffic bears"],
  ])("refuses to order %s, and moves nothing", async (_what, more, status, message) => {
    const refused = await buy(0, more);
    expect([refused.status, refused.stdout]).toEqual([status, ""]);
    expect(JSON.parse(refused.stderr).error.message).toContain(message);
    expect(await w.flows.free(consumer(0))).toBe(coins(1_000));
  });

  it("an order is placed, served by processes that know nothing of each other, looked at, and cancelled", async () => {
    const placed = await buy(1);
    expect(placed).toMatchObject({ status: 0, stderr: "" });
    const { id } = JSON.parse(placed.stdout);
    expect([await w.state(id), await w.flows.free(consumer(0))]).toEqual(["None", coins(1_000)]);
    await state(id, "Released");
    expect(await w.flows.free(consumer(0))).toBe(coins(990));
    const status = await run("qos", "status");
    expect(status.stdout).toMatch(new RegExp(`${id.slice(0, 10)} +sea-r1 +Released +APPLIED +watch`));
    expect(widest(status.stdout)).toBeLessThanOrEqual(80);
    const one = JSON.parse((await run("qos", "status", id.slice(0, 8), "-o", "json")).stdout);
    expect(one).toMatchObject({ id, state: "Released", sealed: { document: { outcome: "APPLIED", reference: id } } });
    const stranger = await run("qos", "cancel", id, ...purse("stranger"), "-o", "json");
    expect([stranger.status, JSON.parse(stranger.stderr).error.message]).toEqual([
      2,
      expect.stringContaining("'s, not"),
    ]);
    expect((await run("qos", "cancel", id, ...purse("me"))).stdout).toContain("is taken away");
    for (let looks = 0; looks < 8 && (await w.queues()).length > 0; looks++) await serve();
    for (let looks = 0; looks < 4 && (await w.money()).bound > 0n; looks++) await serve();
    expect([await w.queues(), (await w.money()).bound]).toEqual([[], 0n]);
    const missing = await run("qos", "status", "0x00", "-o", "json");
    expect([missing.status, JSON.parse(missing.stderr).error.code]).toEqual([3, "ORDER_UNKNOWN"]);
  });
});
