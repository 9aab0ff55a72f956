// docs/how-to/route-without-controller.md is run from top to bottom; `SRWAN_REFRESH=1` writes its answers anew.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { answered, pagesEnv, shownFiles } from "../support/console.ts";
import { isMachineRoot, Namespace, whyNoNamespace } from "../support/namespace.ts";

const PAGE = resolve("docs/how-to/route-without-controller.md");
const env = pagesEnv({ PATH: `${resolve("bin")}:${process.env.PATH}` });

/** What differs from run to run: times, and labels that the kernel draws. */
const mask = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} UTC/g, "TIME")
    .replaceAll(/flow label 0x[0-9a-f]{5}/g, "flow label")
    .replaceAll(/(, time |^rtt ).*$/gm, "");

/** Its first words come before it has a socket, which is where it captures. */
function captures(ns: Namespace, command: string): boolean {
  const [where = ""] = command.split("tshark ");
  return ns.run(`${where} cat /proc/net/packet`).stdout.trim().split("\n").length > 1;
}

describe("the walk-through without a controller", () => {
  it("answers as its page says", { timeout: 180_000 }, async ({ skip }) => {
    const why = whyNoNamespace();
    if (why !== undefined) skip(why);
    if (!isMachineRoot) skip("tshark captures for the machine's root only");
    const ns = await Namespace.open();
    if (ns.run("tshark --version").status !== 0) skip("tshark is not installed (make setup installs it)");
    const page = readFileSync(PAGE, "utf8");
    // Of each try its own: what the one before wrote down is no answer to this one.
    const folder = mkdtempSync(join(tmpdir(), "srwan-how-to-"));
    for (const { name, text } of shownFiles(page)) writeFileSync(join(folder, name), text);
    let behind: ChildProcess | undefined;
    try {
      const now = await answered(
        page,
        async (command) => {
          if (command.endsWith(" &")) {
            behind = ns.start(`sh -c 'cd ${folder} && exec ${command.slice(0, -2).replaceAll("'", "'\\''")}'`, env);
            await expect.poll(() => captures(ns, command), { timeout: 30_000 }).toBe(true);
            return "";
          }
          const { stdout, stderr } = ns.run(`cd ${folder} && ${command}`, env);
          if (behind) await once(behind, "close");
          behind = undefined;
          return stdout + stderr;
        },
        mask,
      );
      await expect(now).toMatchFileSnapshot(PAGE);
    } finally {
      behind?.kill();
      ns.close();
      rmSync(folder, { recursive: true });
    }
  });
});
