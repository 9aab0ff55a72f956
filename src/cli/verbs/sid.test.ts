// `srwan sid`: grants that are never given twice, a ledger that survives, and SIDs read at sight.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { onTerminal, srwan, widest } from "../../../test/support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "srwan-sid-"));
afterAll(() => rmSync(folder, { recursive: true }));
let ledger = "";
let count = 0;
beforeEach(() => {
  ledger = join(folder, `sids-${count++}.yaml`);
});

const sid = (...words: string[]) => srwan(["sid", ...words, "--ledger", ledger]);
const granted = async (...words: string[]): Promise<{ sid: string; state: string }> =>
  JSON.parse((await sid("next", ...words, "-o", "json")).out);
const BLOCK = ["--block", "fcbb:bb00::/32"];

describe("sid next", () => {
  it("begins a ledger, then grants a locator and SIDs inside it", async () => {
    expect(await granted("sea", ...BLOCK)).toMatchObject({ sid: "fcbb:bb00:1::", for: "locator", state: "new" });
    expect(await granted("fra")).toMatchObject({ sid: "fcbb:bb00:2::", pop: "fra", state: "new" });
    expect((await granted("fra", "transit", "telia")).sid).toBe("fcbb:bb00:2:e000::");
    expect((await granted("fra", "tenant", "acme")).sid).toBe("fcbb:bb00:2:d000::");
    expect((await granted("fra", "policy", "fra-sea")).sid).toBe("fcbb:bb00:2:b000::");
  });

  it("gives the same to the same, and does not touch the file for it", async () => {
    await granted("sea", ...BLOCK);
    const before = readFileSync(ledger, "utf8");
    expect(await granted("sea")).toMatchObject({ sid: "fcbb:bb00:1::", state: "in use" });
    expect(readFileSync(ledger, "utf8")).toBe(before);
  });

  it("takes the block's length for the structure's", async () => {
    expect(await granted("sea", "--block", "fcbb:bb00:1200::/40")).toMatchObject({ sid: "fcbb:bb00:1200:100::" });
  });

  it("never grants a SID again that was retired", async () => {
    await granted("sea", ...BLOCK);
    const first = await granted("sea", "tenant", "acme");
    expect((await sid("retire", first.sid)).exit).toBe(0);
    expect(await granted("sea", "tenant", "acme")).toMatchObject({ sid: "fcbb:bb00:1:d001::", state: "new" });
    expect((await sid("retire", first.sid)).err).toContain("granted to nobody");
  });

  it("grants ten POPs that ask at once ten locators", async () => {
    await granted("sea", ...BLOCK);
    const ends = Array.from({ length: 10 }, (_, i) => {
      const child = spawn("bin/srwan", ["sid", "next", `pop-${i}`, "--ledger", ledger], { stdio: "ignore" });
      return new Promise((resolve) => child.on("close", resolve));
    });
    expect(await Promise.all(ends)).toEqual(Array.from({ length: 10 }, () => 0));
    const grants: { pop: string; sid: string }[] = JSON.parse((await sid("show", "-o", "json")).out);
    expect(new Set(grants.map((grant) => grant.sid)).size).toBe(11);
    expect(new Set(grants.map((grant) => grant.pop)).size).toBe(11);
  });

  it.each<[string, string[], string]>([
    ["no ledger and no block", ["sea"], "add --block PREFIX"],
    ["another block", ["sea", "--block", "fcbb:cc00::/32"], "has the block fcbb:bb00::/32"],
    ["another structure", ["sea", "--structure", "32/24/16"], "has the structure 32/16/16"],
    ["a POP without a locator", ["nyc", "tenant", "acme"], "srwan sid next nyc"],
    ["a purpose without a name", ["sea", "tenant"], "its name is missing"],
    ["an unknown purpose", ["sea", "tenants", "acme"], "transit, tenant, policy"],
    ["a name that no ledger holds", ["sea side"], 'the name "sea side" fits no ledger'],
  ])("refuses %s with a remedy, and exits 2", async (what, words, message) => {
    if (what !== "no ledger and no block") await granted("sea", ...BLOCK);
    const { exit, err, out } = await sid("next", ...words);
    expect(err).toContain(message);
    expect([exit, out]).toEqual([2, ""]);
  });

  it("refuses a ledger that is broken, and leaves it as it is", async () => {
    writeFileSync(ledger, "version: 1\nblock: fcbb:bb00::/32\ngrantz: []\n");
    expect(await sid("next", "sea")).toMatchObject({ exit: 2, err: expect.stringContaining(ledger) });
    writeFileSync(ledger, "version: [");
    expect(await sid("next", "sea")).toMatchObject({ exit: 2, err: expect.stringContaining("neither YAML nor JSON") });
    expect(readFileSync(ledger, "utf8")).toBe("version: [");
  });
});

describe("sid show", () => {
  it("says the parts of a SID by its structure", async () => {
    const { out } = await srwan(["sid", "show", "fcbb:bb00:1:d000:5::", "-o", "json"]);
    expect(JSON.parse(out)).toMatchObject({
      block: "fcbb:bb00::/32",
      node: "0x1",
      function: "0xd000",
      locator: "fcbb:bb00:1::/48",
      ledger: null,
    });
    const other = await srwan(["sid", "show", "fcbb:bb00:1:d000::", "--structure", "48/16/16", "-o", "json"]);
    expect(JSON.parse(other.out)).toMatchObject({ block: "fcbb:bb00:1::/48", node: "0xd000", function: "0x0" });
  });

  it.each([
    ["fcbb:bb00:1::", "locator of sea, in use"],
    ["fcbb:bb00:1:d000::", "tenant acme of sea, in use"],
    ["fcbb:bb00:1:d000:77::", "tenant acme of sea, in use"],
    ["fcbb:bb00:1:e000::", "transit telia of sea, retired"],
    ["fcbb:bb00:1:d001::", "granted to nobody; the locator is sea's"],
    ["fcbb:bb00:9::", "granted to nobody, and its node is no POP's"],
    ["fc00::1", "not of this ledger, whose block is fcbb:bb00::/32"],
  ])("says what the ledger knows of %s", async (text, sentence) => {
    await granted("sea", ...BLOCK);
    await granted("sea", "tenant", "acme");
    await sid("retire", (await granted("sea", "transit", "telia")).sid);
    expect((await sid("show", text)).out).toMatch(new RegExp(`^ledger +${sentence}$`, "m"));
  });

  it("lists the ledger, and fits a terminal", async () => {
    await granted("a-pop-with-quite-a-long-name", ...BLOCK);
    await granted("a-pop-with-quite-a-long-name", "tenant", "acme");
    const text = await onTerminal(["sid", "show", "--ledger", ledger]);
    expect(text.split("\n")[0]).toMatch(/^POP +FOR +NAME +SID +STATE$/);
    expect(text).toMatch(/tenant +acme +fcbb:bb00:1:d000:: +in use\n/);
    expect(widest(text)).toBeLessThanOrEqual(80);
  });

  it("needs a SID or a ledger, and a ledger that is there", async () => {
    expect(await srwan(["sid", "show"])).toMatchObject({ exit: 2, err: expect.stringContaining("--ledger FILE") });
    expect(await sid("show")).toMatchObject({ exit: 2, err: expect.stringContaining(ledger) });
  });
});
