// Ping and traceroute through SID lists on the kernel: both paths of a policy, a list that was typed, and lists that lead
// nowhere; also while the agent is not there.

import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { VERBS } from "../../src/cli/verbs/index.ts";
import { misfits } from "../support/answers.ts";
import { commandLines, shellBlocks } from "../support/console.ts";
import { whyNoNamespace } from "../support/namespace.ts";
import { pathOver } from "./plan.ts";
import { World } from "./world.ts";

const why = whyNoNamespace();
let opened: Promise<World> | undefined;
const world = (): Promise<World> => (opened ??= World.carrying());
afterAll(async () => (await opened)?.close());

type Ping = {
  readonly answered: number;
  readonly sids: readonly string[];
  readonly replies: readonly { what: string }[];
};
type Trace = {
  readonly reached: boolean;
  readonly hops: readonly { readonly address: string | null; readonly what: string; readonly towards: string | null }[];
};

async function run<T>(w: World, ...words: string[]): Promise<{ readonly status: number | null; readonly said: T }> {
  const { status, stdout, stderr } = await w.at("pop1").ask("srwan", w.env("pop1"), ...words, "-o", "json");
  if (stdout === "") throw new Error(stderr);
  const said = JSON.parse(stdout) as T;
  expect(misfits(words[0] ?? "", said)).toEqual([]);
  return { status, said };
}

/** What pages and help call a POP, a path, a list, here. */
const here = (line: string): string[] =>
  line
    .replace(/--sids \S+ --address \S+/, `--sids ${pathOver("pop1", "lower").sids.join(",")} --address 2001:db8:a2::2`)
    .replace(/\bfra\b/, "pop2")
    .replace(/\bsea\b/, "pop1")
    .replace(/--path (p77b1e0d4|backup)/, "--path lower")
    .split(" ")
    .slice(1);

describe.skipIf(why !== undefined)("through a SID list", () => {
  it.for(["upper", "lower"] as const)("a ping over the %s path is answered by the far end", async (path) => {
    const { status, said } = await run<Ping>(await world(), "ping", "pop2", "--path", path, "--count", "3");
    expect(said).toMatchObject({ answered: 3, path, sids: pathOver("pop1", path).sids });
    expect(status).toBe(0);
  });

  it.for([
    ["upper", "11"],
    ["lower", "21"],
  ] as const)("a trace over the %s path names every node and the SID that is next", async ([path, net]) => {
    const { status, said } = await run<Trace>(await world(), "trace", "pop1", "pop2", "--path", path);
    const [, relay, decap] = pathOver("pop1", path).sids;
    expect(said.hops.slice(0, -1).map(({ what, towards }) => [what, towards])).toEqual([
      ["expired", relay],
      ["expired", decap],
    ]);
    expect(said.hops[1]?.address).toMatch(new RegExp(`^2001:db8:${net[0]}[12]::`));
    expect(said).toMatchObject({ reached: true, hops: { length: 3 } });
    expect(status).toBe(0);
  });

  it("that was typed, with its own address behind it, works as well, and without the agent", async () => {
    const w = await world();
    await w.at("pop1").ask("endAgent", "SIGKILL");
    const sids = pathOver("pop1", "lower").sids.join(",");
    const typed = await run<Ping>(w, "ping", "--sids", sids, "--address", "2001:db8:a2::2", "--count", "2");
    expect(typed).toMatchObject({ status: 0, said: { answered: 2 } });
    await w.start("pop1");
  });

  it("that leads nowhere is said to, by whoever cannot go on", async () => {
    const w = await world();
    const [first, relay] = pathOver("pop1", "upper").sids;
    const nowhere = ["--sids", `${first},${relay},2001:db8:dead::1`, "--address", "2001:db8:a2::2"];
    const ping = await run<Ping>(w, "ping", ...nowhere, "--count", "1");
    expect(ping).toMatchObject({ status: 1, said: { answered: 0, replies: [{ what: "unreachable" }] } });
    const trace = await run<Trace>(w, "trace", ...nowhere);
    expect(trace.status).toBe(1);
    expect(trace.said.hops.at(-1)).toMatchObject({ what: "unreachable", towards: "2001:db8:dead::1" });
  });

  it("every command of the agent's page and of help is run as well", async () => {
    const w = await world();
    const blocks = shellBlocks(readFileSync("docs/how-to/run-an-agent.md", "utf8"));
    const lines = blocks
      .filter(({ mark }) => mark === "run by test/agent/oam.test.ts")
      .flatMap(({ text }) => commandLines(text));
    expect(lines.length).toBeGreaterThan(1);
    const examples = VERBS.filter(({ name }) => name === "ping" || name === "trace").flatMap((verb) => verb.examples);
    for (const line of [...lines, ...examples.map(({ command }) => command)]) {
      const { status, stdout, stderr } = await w.at("pop1").ask("srwan", w.env("pop1"), ...here(line));
      expect([line, status, stderr]).toEqual([line, 0, ""]);
      expect(stdout).toContain(line.includes("--sids") ? "through the SIDs given" : "through gold, path");
    }
  });

  it("to a POP that no policy leads to is refused with those that there are", async () => {
    const w = await world();
    const { status, stderr } = await w.at("pop1").ask("srwan", w.env("pop1"), "ping", "nirgends");
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/nirgends[\s\S]*gold to pop2/);
  });
});
