// `srwan netconf` against netconfd: what a network engineer types, sees and gets as an exit code.

import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { isSealOf, sha256Hex } from "../../src/base/seal.ts";
import * as operations from "../../src/netconf/operations.ts";
import { parseXmlList } from "../../src/netconf/xml/read.ts";
import { readOutcome } from "../../src/wire/outcome.ts";
import { type Ran, srwan } from "../support/cli.ts";
import { NS } from "./change-world.ts";
import { Netconfd, whyNoNetconfd } from "./netconfd.ts";

const why = whyNoNetconfd();
const folder = mkdtempSync(join(tmpdir(), "nc-cli-"));
let server: Netconfd;
let devices = "";

beforeAll(async () => {
  if (why !== undefined) return;
  server = await Netconfd.start();
  devices = join(folder, "devices.yaml");
  const pin = readFileSync(join(server.folder, "host.pub"), "utf8").trim();
  const sea = { name: "sea", host: "127.0.0.1", port: server.port, user: server.user, hostKeys: [pin] };
  writeFileSync(devices, JSON.stringify({ devices: [{ ...sea, identity: join(server.folder, "user") }] }));
});
afterEach(() => server?.leave());
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

const run = (...words: string[]): Promise<Ran> => srwan(["netconf", ...words, "--devices", devices]);
const add = (name: string): string => `<services xmlns="${NS}"><service><name>${name}</name></service></services>`;
const journal = ["--journal", join(folder, "journal")];

describe("srwan netconf", () => {
  it("shows what a device announces", async (ctx) => {
    if (why) ctx.skip(why);
    const { out, exit } = await run("capabilities", "sea", "-o", "wide");
    expect(exit).toBe(0);
    expect(out).toContain("  urn:ietf:params:netconf:capability:candidate:1.0");
    expect(out).toContain("  srwan-test@2026-01-01");
  });

  it("changes a device, proves it, and signs the proof", async (ctx) => {
    if (why) ctx.skip(why);
    const key = join(folder, "key.pem");
    const { privateKey } = generateKeyPairSync("ed25519");
    writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    const ran = await run(
      "edit",
      "sea",
      add("gold"),
      ...journal,
      "--sign-with",
      key,
      "--reference",
      "e1",
      "-o",
      "json",
    );
    expect([ran.err, ran.exit]).toEqual(["", 0]);
    const sealed = readOutcome(JSON.parse(ran.out), sha256Hex);
    expect([sealed.document.outcome, sealed.document.reference]).toEqual(["APPLIED", "e1"]);
    expect(sealed.seal && isSealOf(sealed.seal, sealed.hash)).toBe(true);
    const shown = await run("get-config", "sea", "--filter", `<services xmlns="${NS}"/>`);
    expect(shown.out).toBe(`<services xmlns="${NS}">\n  <service>\n    <name>gold</name>\n  </service>\n</services>\n`);
  });

  it("says what was refused and where, and exits 1", async (ctx) => {
    if (why) ctx.skip(why);
    const ran = await run("edit", "sea", `<services xmlns="${NS}"><limit>200</limit></services>`, ...journal);
    expect(ran.exit).toBe(1);
    expect(ran.out).toMatch(/^DEVICE +OUTCOME +WHY\nsea +NOT_APPLIED +edit-config was refused: .*limit/);
  });

  it("commits with a way back, by hand", async (ctx) => {
    if (why) ctx.skip(why);
    const session = await server.session();
    const fill = () => session.call(operations.editConfig("candidate", parseXmlList(add("silver"))));
    const has = async (): Promise<boolean> =>
      (await run("get", "sea", "--xpath", "/t:services", "--prefix", `t=${NS}`)).out.includes("silver");
    await fill();
    expect((await run("commit", "sea", "--confirm-within", "5m", "--persist", "tonight")).out).toBe("ok\n");
    expect(await has()).toBe(true);
    expect((await run("commit", "sea", "--persist-id", "tonight", "--cancel")).out).toBe("ok\n");
    expect(await has()).toBe(false);
    await fill();
    await run("commit", "sea", "--confirm-within", "5m", "--persist", "tonight");
    expect((await run("commit", "sea", "--persist-id", "tonight")).exit).toBe(0);
    expect(await has()).toBe(true);
  });

  it("sends any operation, and shows what comes back", async (ctx) => {
    if (why) ctx.skip(why);
    const schema = `<get-schema xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"><identifier>srwan-test</identifier></get-schema>`;
    expect((await run("rpc", "sea", schema)).out).toContain("module srwan-test {");
    const wrong = await run("rpc", "sea", '<nothing xmlns="urn:none"/>', "-o", "json");
    expect([wrong.exit, JSON.parse(wrong.err).error.code]).toEqual([1, "NETCONF_RPC_ERROR"]);
  });

  it("watches until it saw what was asked for", async (ctx) => {
    if (why) ctx.skip(why);
    const watching = run("watch", "sea", "--count", "1", "-o", "json");
    const session = await server.session();
    const change = async (i: number): Promise<void> => {
      await session.call(operations.editConfig("candidate", parseXmlList(add(`n${i}`))));
      await session.call(operations.commit());
    };
    let seen: Ran | undefined;
    void watching.then((ran) => {
      seen = ran;
    });
    // It subscribes at some time of its own.
    for (let i = 0; seen === undefined && i < 100; i++) {
      await change(i);
      await new Promise((done) => setTimeout(done, 100));
    }
    expect(JSON.parse((await watching).out)).toMatchObject({ count: 1, notifications: [{ lostBefore: 0 }] });
  });

  it("has nothing to reconcile, and knows no device that is not in the file", async (ctx) => {
    if (why) ctx.skip(why);
    expect((await run("reconcile", ...journal)).out).toBe("Every transaction has its end.\n");
    const { exit, err } = await run("get", "see");
    expect([exit, err]).toEqual([3, expect.stringContaining("Did you mean sea?")]);
  });

  it("does not speak to a host whose key nobody knows", async (ctx) => {
    if (why) ctx.skip(why);
    const none = join(folder, "known_hosts");
    const ran = await run(
      "get",
      `ssh://${server.user}@127.0.0.1:${server.port}`,
      "--known-hosts",
      none,
      "--identity",
      join(server.folder, "user"),
    );
    expect([ran.exit, ran.err]).toEqual([4, expect.stringContaining("NETCONF_HOST_KEY")]);
  });
});
