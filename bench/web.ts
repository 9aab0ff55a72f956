// The figure `web`: what the dashboard costs a browser. First paint and script of the page as the controller serves it,
// and the share of a core that Chromium takes for the matrix of 100 POPs that all report every second.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, chromium } from "playwright-core";
import { buildWeb } from "../scripts/web.ts";
import { RealClock } from "../src/base/clock.ts";
import { loadConfig } from "../src/base/config.ts";
import { createLogger } from "../src/base/log.ts";
import { controllerRole } from "../src/base/roles.ts";
import { startController } from "../src/topology/service/controller.ts";
import { seed } from "./ingest-seed.ts";
import { atMost, type Figure, type Goal, type Measured, median, notMeasured } from "./lib.ts";

const CHROMIUM = "/usr/bin/chromium";
const POPS = 100;
const PAINT_MS = 1_000;
const SCRIPT_KB = 150;
const CORE_PERCENT = 20;
/** The matrix is looked at for so long. */
const LOOK_MS = 15_000;

export const web: Figure = {
  name: "web",
  about: "the dashboard in Chromium: first paint, script on the wire, the matrix of 100 × 100 at 1 Hz",
  measure: async (rounds) => {
    if (!existsSync(CHROMIUM))
      return { figures: {}, goals: [absent("first-paint"), absent("script"), absent("matrix")] };
    const { firstScriptOctets, allScriptOctets } = await buildWeb({ ifNeeded: true });
    const { paintMs, matrixPercent, paintsPerSecond } = await inChromium(rounds);
    const scriptKb = firstScriptOctets / 1_000;
    const goals: Goal[] = [
      atMost("first-paint", paintMs, "ms", PAINT_MS),
      atMost("script", scriptKb, "kB", SCRIPT_KB),
      atMost("matrix", matrixPercent, "% of a core", CORE_PERCENT),
    ];
    const figures = {
      firstPaintMs: paintMs,
      firstScriptKb: scriptKb,
      allScriptKb: allScriptOctets / 1_000,
      matrixCorePercent: matrixPercent,
      matrixUpdatesPerSecond: paintsPerSecond,
    };
    return { figures, goals } satisfies Measured;
  },
};

const absent = (id: string): Goal => notMeasured(id, "", "no Chromium: apt-get install chromium");

async function inChromium(rounds: number) {
  const folder = mkdtempSync(join(tmpdir(), "srwan-bench-web-"));
  const log = createLogger({ level: "error", format: "short", write: (line) => void process.stderr.write(line) });
  const seeded = join(folder, "seeded.json");
  writeFileSync(seeded, JSON.stringify(await seed(folder, join(folder, "store.db"), POPS)));
  const { values } = loadConfig(controllerRole, { flags: { folder, listen: "127.0.0.1:0" } });
  const controller = await startController(values, { clock: new RealClock(), log, version: "bench" });
  const load = await startLoad(controller.url, seeded);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  try {
    const address = `${controller.url}/#token=${readFileSync(join(folder, "operator.token"), "utf8").trim()}`;
    const paints: number[] = [];
    for (let round = 0; round < rounds; round++) paints.push(await firstPaintMs(browser, address));
    return { paintMs: median(paints), ...(await matrixCost(browser, address)) };
  } finally {
    await browser.close();
    load.kill("SIGKILL");
    await controller.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** With nothing in the cache. */
async function firstPaintMs(browser: Browser, address: string): Promise<number> {
  const page = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
  await page.goto(address);
  await page.locator("main h1").waitFor();
  const at = await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1");
  await page.close();
  return at;
}

/** Of all of Chromium's processes: what the page makes them do, the renderer and the one that paints alike. */
async function matrixCost(browser: Browser, address: string) {
  const page = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
  let answers = 0;
  page.on("response", (response) => {
    if (response.url().includes("/matrix")) answers++;
  });
  await page.goto(address);
  await page.goto(`${address.split("#")[0]}#/matrix`);
  await page.locator(".heat").waitFor();
  await sleep(3_000);
  const session = await browser.newBrowserCDPSession();
  const cpuMs = async (): Promise<number> => {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime * 1_000, 0);
  };
  const [before, asked, began] = [await cpuMs(), answers, performance.now()];
  await sleep(LOOK_MS);
  const spentMs = (await cpuMs()) - before;
  const tookMs = performance.now() - began;
  await page.close();
  return { matrixPercent: (spentMs / tookMs) * 100, paintsPerSecond: ((answers - asked) / tookMs) * 1_000 };
}

/** Agents of the figure `ingest`: each reports its 99 cells every second. */
async function startLoad(url: string, seeded: string): Promise<ChildProcess> {
  const args = ["bench/ingest-load.ts", url, seeded, String(POPS), "1000"];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes("connected")) break;
  }
  return child;
}
