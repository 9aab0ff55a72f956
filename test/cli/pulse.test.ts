// `srwan pulse reflect` and `srwan pulse send` as whole processes that speak with each other over loopback.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

const SRWAN = join(import.meta.dirname, "..", "..", "bin", "srwan");
const KEY = "0f".repeat(32);
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGINT");
    if (child.exitCode === null) await once(child, "close");
  }
});

/** Starts a reflector on a port of the kernel's choice. */
async function reflect(...words: string[]): Promise<{ port: string; ended: () => Promise<string> }> {
  const child = spawn(SRWAN, ["pulse", "reflect", "--listen", "127.0.0.1", "--port", "0", ...words]);
  children.push(child);
  let [log, out] = ["", ""];
  child.stdout.on("data", (part) => {
    out += part;
  });
  for await (const part of child.stderr) {
    log += part;
    if (log.includes("\n")) break;
  }
  const port = String(JSON.parse(log.split("\n")[0] ?? "{}").ports?.[0]);
  const ended = async (): Promise<string> => {
    child.kill("SIGINT");
    await once(child, "close");
    return out;
  };
  return { port, ended };
}

function send(port: string, ...words: string[]) {
  const fixed = ["pulse", "send", "127.0.0.1", "--port", port, "--interval", "40ms", "--count", "4"];
  const { status, stdout, stderr } = spawnSync(SRWAN, [...fixed, ...words], { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("srwan pulse", () => {
  it("measures both ways, and says so as a table and as a document", async () => {
    const { port, ended } = await reflect();
    const table = send(port, "--tlv", "location,direct");
    expect(table).toMatchObject({ status: 0, stderr: "" });
    for (const word of ["WAY", "out", "back", "round trip", "4 sent, 4 answered."])
      expect(table.stdout).toContain(word);
    const told = JSON.parse(send(port, "-o", "json").stdout);
    expect(told).toMatchObject({
      sent: 4,
      answered: 4,
      mode: "open",
      lost: { out: 0, back: 0, unknown: 0 },
      lacks: [],
    });
    expect(told.roundTrip.p50Us).toBeGreaterThan(0);
    expect(await ended()).toContain("8 answered.");
  });

  it("signs with a key from a file, and is not answered for another", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "srwan-pulse-")), "key");
    writeFileSync(file, `${KEY}\n`);
    const { port, ended } = await reflect("--auth-key", KEY);
    expect(send(port, "--auth-key", `@${file}`, "-o", "wide")).toMatchObject({ status: 0 });
    const other = send(port, "--auth-key", "aa".repeat(16));
    expect(other).toMatchObject({ status: 1 });
    expect(other.stdout).toContain("4 sent, 0 answered");
    expect(await ended()).toContain("4 × request-hmac");
  });

  it("speaks TWAMP-Light, and says what that cannot tell", async () => {
    const { port } = await reflect("--stateless");
    const { status, stdout } = send(port, "--twamp-light");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^out .* -$/m);
  });

  it.each([
    ["--interval", "10ms", "Give 30ms to 60s."],
    ["--tlv", "nonsense", "Use location"],
    ["--auth-key", "secret", "hexadecimal digits"],
    ["--auth-key", "@/nonexistent", "Check the path"],
    ["--dscp", "64", "Give 0 to 63."],
    ["--return-via", "192.0.2.1", "Give IPv6 SIDs."],
  ])("refuses %s %s with what to do", (flag, value, remedy) => {
    const { status, stderr } = send("9", flag, value);
    expect(status).toBe(2);
    expect(stderr).toContain(remedy);
  });

  it("says that a name is not known, and that a port is taken", async () => {
    const unknown = spawnSync(SRWAN, ["pulse", "send", "no.such.host.invalid"], { encoding: "utf8" });
    expect(unknown.status).toBe(3);
    expect(unknown.stderr).toContain("HOST_UNKNOWN");
    const { port } = await reflect();
    const second = spawnSync(SRWAN, ["pulse", "reflect", "--listen", "127.0.0.1", "--port", port], {
      encoding: "utf8",
    });
    expect(second.status).toBe(5);
    expect(second.stderr).toContain("PULSE_SOCKET_REFUSED");
  });
});
