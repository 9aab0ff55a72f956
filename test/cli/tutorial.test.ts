// docs/tutorial and the session in README.md are run from top to bottom; SRWAN_REFRESH=1 writes their answers anew. The WAN is
// the demo's: its topology file, its policy, a real controller. Its packets are not there: agents report the delays that
// the file gives, and `srwan lab impair` changes those. The demo itself is run by test/demo.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { directions } from "../../src/lab/model.ts";
import { readTopology } from "../../src/lab/topology-file.ts";
import { segmentName } from "../../src/wire/parts.ts";
import { srwan } from "../support/cli.ts";
import { answered } from "../support/console.ts";
import { TestService } from "../support/controller.ts";
import { DEMO_LAB, SimulatedWan } from "../support/simulated-wan.ts";

let service: TestService;
let wan: SimulatedWan;

const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain = ""]) => quoted ?? plain);

async function type(line: string): Promise<string> {
  const { out, err } = await srwan(words(line).slice(1), {
    env: {
      ...{ XDG_CONFIG_HOME: "/nonexistent", NO_COLOR: "1" },
      ...{ SRWAN_SERVICE_URL: service.url, SRWAN_SERVICE_TOKEN: service.token },
    },
    width: 120,
  });
  return out + err;
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await pause(200);
}

/** `srwan lab impair transatlantic chi:eth5 --delay 90ms`, without the lab. */
async function impair(line: string): Promise<void> {
  const [, pop = "", device = "", delayMs] = /impair \S+ (\w+):(\w+) (?:--delay (\d+)ms|--reset)/.exec(line) ?? [];
  const port = wan.agent(pop).record.segments.find((one) => one.device === device);
  const { lab } = readTopology(DEMO_LAB);
  const file = directions(lab).find(({ from }) => from.node === pop && from.interface === device)?.does.delayUs ?? 0;
  if (port === undefined) throw new Error(`${line}: no such interface`);
  const segment = segmentName({ from: pop, transit: port.transit, to: port.to });
  wan.delayUs.set(segment, delayMs === undefined ? file : Number(delayMs) * 1_000);
  if (delayMs !== undefined)
    await until(async () => (await type("srwan explain sea-fra")).includes(`${segment} is DEGRADED`));
  if (delayMs !== undefined) await until(async () => /sea-fra .*PROGRAMMED/.test(await type("srwan policy list")));
}

beforeEach(async () => {
  // Slower than agents report, so that none is missing in a round.
  service = await TestService.start({ "pulse.reportMs": "250" });
  wan = await SimulatedWan.join(service);
  await type("srwan policy set sea-fra --from sea --to fra --prefixes 2001:db8:b:c::/64 --intent lowest-latency");
  await type('srwan commit --why "the demo"');
  await until(async () => /sea-fra .*PROGRAMMED/.test(await type("srwan policy list")));
  // What is usual is learned from some reports.
  await pause(14_000);
}, 60_000);

afterEach(async () => {
  wan?.end();
  await service?.remove();
});

/** Times, figures, and which of several nearly equal paths it was. What is left is what the page is about. */
const mask = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/ *-?\d+\.\d ms/g, " N ms")
    .replaceAll(/^service .*$|^store .*$/gm, "")
    .replaceAll(/^Paths, at[\s\S]*?\n\n|^ {9}(?:\w{3}\/|then).*$|^ {20,}.*$/gm, "")
    .replaceAll(/(^why +|WHY|moved +|stayed +).*$/gm, "$1")
    .replaceAll(/[ -]+/g, " ")
    .replaceAll(/\n{2,}/g, "\n");

it.each(["docs/tutorial/README.md", "README.md"])("%s answers as it says", { timeout: 120_000 }, async (path) => {
  const page = readFileSync(path, "utf8");
  const parts = page.split(/(^```sh\n[\s\S]*?^```$)/m);
  const now: string[] = [];
  for (const part of parts) {
    const [change] = part.startsWith("```sh\n") ? (/^srwan lab impair .*$/m.exec(part) ?? []) : [];
    if (change !== undefined) await impair(change);
    now.push(part.startsWith("```sh\n") ? part : await answered(part, type, mask));
  }
  await expect(now.join("")).toMatchFileSnapshot(resolve(path));
});
