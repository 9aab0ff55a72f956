// The page that changes a router, run against netconfd with IOS-XR's modules as that router.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { commandLines, pagesEnv, shellBlocks, shownFiles } from "../support/console.ts";
import { IOSXR_MODULES, Netconfd, vendorModules, whyNoNetconfd } from "./netconfd.ts";

const modules = vendorModules();
const why =
  whyNoNetconfd() ?? (modules === undefined ? "no vendors' modules: name their folder in YANG_MODULES" : undefined);
const folder = mkdtempSync(join(tmpdir(), "nc-pages-"));
const env = pagesEnv({
  PATH: `${resolve("bin")}:${process.env.PATH}`,
  XDG_CONFIG_HOME: folder,
  XDG_STATE_HOME: folder,
});
let server: Netconfd;

beforeAll(async () => {
  if (why !== undefined) return;
  server = await Netconfd.start(resolve(modules ?? ".", "iosxr"), IOSXR_MODULES);
  const pin = readFileSync(join(server.folder, "host.pub"), "utf8").trim();
  const sea = { name: "sea-r1", host: "127.0.0.1", port: server.port, user: server.user, hostKeys: [pin] };
  const device = { ...sea, identity: join(server.folder, "user"), family: "iosxr" };
  mkdirSync(join(folder, "srwan"));
  writeFileSync(join(folder, "srwan/devices.yaml"), JSON.stringify({ devices: [device] }));
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

/** Journals lie in this folder. */
const typed = (line: string): string =>
  line.replace(/^(srwan netconf (edit|reconcile))/, `$1 --journal ${folder}/journal`);

const PAGE = "docs/how-to/change-a-router.md";

it(`every command of ${PAGE}`, async (ctx) => {
  if (why !== undefined) ctx.skip(why);
  const text = readFileSync(PAGE, "utf8");
  for (const file of shownFiles(text)) writeFileSync(join(folder, file.name), file.text);
  const blocks = shellBlocks(text).filter(({ mark }) => mark === "run by test/netconf/pages.test.ts");
  expect(blocks.length).toBeGreaterThan(0);
  for (const line of blocks.flatMap((block) => commandLines(block.text))) {
    const { status, stdout, stderr } = spawnSync("sh", ["-ec", typed(line)], { cwd: folder, env, encoding: "utf8" });
    expect(`${line}: ${status} ${status === 0 ? "" : stderr + stdout}`).toBe(`${line}: 0 `);
  }
});
