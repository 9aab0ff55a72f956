// The chain verbs as whole processes: a chain comes up, takes the contracts, is looked at, and is gone.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encryptKeystoreJson } from "ethers";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { wallet, whyNoChain } from "./world.ts";

const SRWAN = join(import.meta.dirname, "..", "..", "bin", "srwan");
const folder = mkdtempSync(join(tmpdir(), "srwan-chain-"));
const file = (name: string): string => join(folder, name);
const env = { ...process.env, XDG_CONFIG_HOME: folder };

let chain: ChildProcess | undefined;
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  if (chain && chain.exitCode === null) {
    chain.kill("SIGTERM");
    await once(chain, "close");
  }
  chain = undefined;
});
beforeEach(({ skip }) => {
  const why = whyNoChain();
  if (why !== undefined) skip(why);
});

const srwan = (...words: string[]) => spawnSync(SRWAN, words, { cwd: folder, env, encoding: "utf8" });

/** The URL it logs once it is up. */
async function up(...words: string[]): Promise<{ url: string; pid: number }> {
  const child = spawn(SRWAN, ["chain", "up", "--port", "0", ...words], { env, stdio: ["ignore", "pipe", "pipe"] });
  chain = child;
  let said = "";
  for (;;) {
    const [more] = await once(child.stderr, "data");
    said += more.toString("utf8");
    const line = said.split("\n").find((one) => one.includes("the chain is up"));
    if (line) return JSON.parse(line);
  }
}

const alive = (pid: number): boolean => existsSync(`/proc/${pid}`);

describe("srwan chain", () => {
  it("up, deploy, status: the contracts stand, and a second deployment asks first", async () => {
    const { url, pid } = await up();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const deployed = srwan("chain", "deploy", "--url", url, "--epoch", "1m", "--round", "10m", "-o", "json");
    expect(deployed).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(readFileSync(file("srwan-chain.json"), "utf8"))).toMatchObject({
      schema: "srwan.chain/1",
      chainId: 31_337,
      parameters: { epochSeconds: 60, roundSeconds: 600, feePpm: 10_000 },
    });
    const status = srwan("chain", "status", "--url", url, "-o", "json");
    expect(status).toMatchObject({ status: 0, stderr: "" });
    const told = JSON.parse(status.stdout);
    expect(told.contracts.map(({ state }: { state: string }) => state)).toEqual(Array(8).fill("as deployed"));
    expect(told.money).toMatchObject({ inEscrow: "0", seats: "0", lastSettledEpoch: "0" });
    expect(srwan("chain", "status", "--url", url).stdout).toContain("0 SEG in escrow");
    const again = srwan("chain", "deploy", "--url", url, "-o", "json");
    expect([again.status, JSON.parse(again.stderr).error.code]).toEqual([4, "DEPLOYMENT_EXISTS"]);
    chain?.kill("SIGINT");
    await once(chain as ChildProcess, "close");
    expect([chain?.exitCode, alive(pid)]).toEqual([0, false]);
    const dead = srwan("chain", "status", "--url", url, "-o", "json");
    expect([dead.status, JSON.parse(dead.stderr).error.code]).toEqual([5, "CHAIN_UNREACHABLE"]);
  });

  it("keeps its state in a file, and says of another chain that it is another", async () => {
    const state = file("kept.json");
    const first = await up("--state", state);
    expect(srwan("chain", "deploy", "--url", first.url, "--deployment", "kept-at.json").status).toBe(0);
    chain?.kill("SIGTERM");
    await once(chain as ChildProcess, "close");
    const second = await up("--state", state);
    expect(srwan("chain", "status", "--url", second.url, "--deployment", "kept-at.json").status).toBe(0);
    chain?.kill("SIGTERM");
    await once(chain as ChildProcess, "close");
    const empty = await up();
    const status = srwan("chain", "status", "--url", empty.url, "--deployment", "kept-at.json");
    expect([status.status, status.stdout.includes("nothing there")]).toEqual([1, true]);
  });

  it("deploys with a key from a keystore, whose password nobody else may read, and prints neither", async () => {
    const { url } = await up();
    const [keystore, password] = [file("key.json"), file("key.pw")];
    const cheap = { scrypt: { N: 2, r: 1, p: 1 } };
    writeFileSync(
      keystore,
      await encryptKeystoreJson(
        { address: wallet(3).address, privateKey: wallet(3).privateKey },
        "correct horse",
        cheap,
      ),
    );
    writeFileSync(password, "correct horse\n");
    chmodSync(password, 0o644);
    const deploy = () =>
      srwan(
        ...["chain", "deploy", "--url", url, "--deployment", "keyed.json"],
        ...["--keystore", keystore, "--password-file", password, "-o", "json"],
      );
    const exposed = deploy();
    expect([exposed.status, JSON.parse(exposed.stderr).error.code]).toEqual([4, "KEY_EXPOSED"]);
    chmodSync(password, 0o600);
    const done = deploy();
    expect(done).toMatchObject({ status: 0, stderr: "" });
    expect(done.stdout).not.toContain("horse");
    expect(done.stdout).not.toContain(wallet(3).privateKey.slice(2));
    writeFileSync(password, "wrong donkey\n", { mode: 0o600 });
    const wrong = deploy();
    expect([wrong.status, wrong.stderr.includes("donkey")]).toEqual([4, false]);
    const elsewhere = srwan(
      ...["chain", "deploy", "--url", url, "--deployment", "other.json"],
      ...["--keystore", keystore, "--password-file", password, "-o", "json"],
    );
    expect([elsewhere.status, JSON.parse(elsewhere.stderr).error.code]).toEqual([2, "KEYSTORE_INVALID"]);
  });

  it.each([
    ["a port that is none", ["chain", "up", "--port", "99999"], "USAGE"],
    ["an epoch of half a second", ["chain", "deploy", "--epoch", "500ms"], "USAGE"],
    ["a keystore without its password", ["chain", "deploy", "--keystore", "x"], "USAGE"],
    ["a fee of more than a quarter", ["chain", "deploy", "--fee", "30%"], "USAGE"],
    ["a URL of something else", ["chain", "status", "--url", "ftp://x"], "USAGE"],
    ["a deployment file that is not there", ["chain", "status", "--deployment", "nowhere.json"], "FILE_UNUSABLE"],
  ])("refuses %s", (_what, words, code) => {
    const { status, stderr } = srwan(...words, "-o", "json");
    expect([status, JSON.parse(stderr).error.code]).toEqual([2, code]);
  });

  it("refuses a deployment file that is no such file", () => {
    writeFileSync(file("broken.json"), '{"schema":"srwan.chain/1"}');
    const { status, stderr } = srwan("chain", "status", "--deployment", "broken.json", "-o", "json");
    expect([status, JSON.parse(stderr).error.code]).toEqual([2, "DEPLOYMENT_INVALID"]);
  });
});
