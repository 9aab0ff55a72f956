// The labs that are shipped: valid to containerlab, made from their plans, and true to what their pages and scenarios say.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Check, Errors } from "typebox/schema";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { greatCircleKm, labFile } from "../../labs/containerlab/generate.ts";
import { netemCommands } from "../../labs/containerlab/netem.ts";
import { PLANS } from "../../labs/containerlab/plans.ts";
import { covers, formatIpv6, parsePrefix } from "../srv6/address.ts";
import { type Direction, directions, type Lab, onlyKinds } from "./model.ts";
import { type Expectation, readScenario } from "./scenario.ts";
import { doesAt } from "./timeline.ts";
import { readLab } from "./topology.ts";

const HOME = "labs/containerlab";
const NAMES = readdirSync(HOME, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const pathOf = (name: string, kind: string): string => join(HOME, name, `${name}.${kind}.yml`);
const labOf = (name: string): Lab => readLab(readFileSync(pathOf(name, "clab"), "utf8"), pathOf(name, "clab"));
const scenarioOf = (name: string) =>
  readScenario(readFileSync(pathOf(name, "scenario"), "utf8"), pathOf(name, "scenario"), labOf(name));

/** containerlab's own schema is its authors' to publish; it lies beside the project where it is at hand. */
const SCHEMA = join(process.env.CLAB_SCHEMA_DIR ?? "../shared/containerlab", "clab.schema.json");
const WITHOUT = `containerlab's schema is not at ${SCHEMA}; put clab.schema.json there or set CLAB_SCHEMA_DIR to its folder`;

it("has four labs", () => {
  expect(NAMES.toSorted()).toEqual(["transatlantic", "triangle", "two-as", "vendors"]);
});

describe.each(NAMES)("lab %s", (name) => {
  it("has a page, a scenario that fits it, and every file it names", () => {
    expect(existsSync(join(HOME, name, "README.md"))).toBe(true);
    expect(scenarioOf(name).expectations.length).toBeGreaterThan(0);
    expect(labOf(name).name).toBe(name);
    const named = [...readFileSync(pathOf(name, "clab"), "utf8").matchAll(/startup-config: (\S+)/g)];
    expect(named.filter((match) => !existsSync(join(HOME, name, String(match[1]))))).toEqual([]);
  });

  it("is valid to containerlab", (ctx) => {
    if (!existsSync(SCHEMA)) ctx.skip(WITHOUT);
    const schema = JSON.parse(readFileSync(SCHEMA, "utf8"));
    const file = parse(readFileSync(pathOf(name, "clab"), "utf8"));
    expect(Check(schema, file), JSON.stringify(Errors(schema, file)).slice(0, 600)).toBe(true);
    const wrong = structuredClone(file);
    wrong.topology.links[0].delay = "35ms";
    expect(Check(schema, wrong)).toBe(false);
  });

  it("leads every Linux POP to every other by its static routes", () => {
    const { lab } = onlyKinds(labOf(name), ["linux"]);
    const pops = lab.nodes.flatMap(({ name: node, pop }) => (pop ? [node] : []));
    const lost = pops.flatMap((from) => pops.filter((to) => to !== from && !pathBetween(lab, from, to)));
    expect(lost).toEqual([]);
  });

  it("expects the delays that its links add up to", () => {
    const { lab } = onlyKinds(labOf(name), ["linux"]);
    const scenario = scenarioOf(name);
    const wrong = scenario.expectations.flatMap((expectation: Expectation) => {
      const flow = scenario.flows.find((candidate) => candidate.name === expectation.flow);
      const path = pathBetween(lab, flow?.from ?? "", flow?.to ?? "") ?? [];
      const midUs = (expectation.fromUs + expectation.untilUs) / 2;
      const sumUs = path.reduce((sum, direction) => sum + doesAt(scenario, direction, midUs).delayUs, 0);
      return expectation.delays.filter(({ lowUs = 0, highUs }) => sumUs !== (lowUs + highUs) / 2);
    });
    expect(wrong).toEqual([]);
  });
});

describe("made labs", () => {
  it.each(PLANS.map((plan) => [plan.name, plan] as const))("%s is what its plan gives", (name, plan) => {
    const made = labFile(plan);
    expect(readFileSync(pathOf(name, "clab"), "utf8"), "run node labs/containerlab/generate.ts").toBe(made);
  });
});

describe("transatlantic", () => {
  const lab = labOf("transatlantic");
  const neighbours = (node: string, transit: string): Set<string> =>
    new Set(
      directions(lab)
        .filter(({ link, from }) => from.node === node && link.transit === transit)
        .map(({ to }) => to.node),
    );

  it("is twelve POPs with three to five neighbours over each of two transits, in 40 to 50 links, and two customers", () => {
    expect(lab.nodes.filter(({ pop }) => pop !== undefined)).toHaveLength(12);
    expect(lab.links.length).toBeGreaterThanOrEqual(40);
    expect(lab.links.length).toBeLessThanOrEqual(50);
    const counts = lab.nodes.flatMap(({ name, pop }) =>
      (pop?.transits ?? []).map((transit) => neighbours(name, transit).size),
    );
    expect(counts).toHaveLength(24);
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([3, 5]);
  });

  it("has a way of six segments from Seattle to Frankfurt", () => {
    const way = ["sea", "sfo", "dal", "atl", "ash", "lon", "fra"];
    const steps = way.slice(1).map((to, i) => {
      const from = way[i] ?? "";
      return neighbours(from, "alder").has(to) || neighbours(from, "birch").has(to);
    });
    expect(steps).toEqual(Array(6).fill(true));
  });

  it("is never quicker than light in fibre, and mostly differs by direction", () => {
    const cities = new Map(PLANS.flatMap(({ domains }) => domains).flatMap((d) => d.cities.map((c) => [c.node, c])));
    const roads = lab.links.filter(({ transit }) => transit !== undefined);
    const tooQuick = directions({ ...lab, links: roads }).filter(({ from, to, does }) => {
      const [a, b] = [cities.get(from.node), cities.get(to.node)];
      return !a || !b || does.delayUs < (greatCircleKm(a, b) / 200) * 1_000;
    });
    expect(tooQuick).toEqual([]);
    const uneven = lab.links.filter(({ aToB, bToA }) => aToB.delayUs !== bToA.delayUs);
    expect(uneven.length).toBeGreaterThan(roads.length * 0.8);
  });

  it("knows how far Seattle is from Frankfurt", () => {
    const [sea, fra] = [PLANS[1]?.domains[0]?.cities[0], PLANS[1]?.domains[0]?.cities[10]];
    if (!sea || !fra) throw new Error("the plan has moved");
    expect(Math.round(greatCircleKm(sea, fra) / 100)).toBe(82);
  });
});

describe("netem commands", () => {
  it("say what each direction does, once", () => {
    expect(netemCommands(labOf("triangle"), "triangle.clab.yml")).toEqual([
      "containerlab tools netem set -t triangle.clab.yml -n ams -i eth1 --delay 35000us  # ams:eth1",
      "containerlab tools netem set -t triangle.clab.yml -n fra -i eth1 --delay 41000us  # fra:eth1",
      "containerlab tools netem set -t triangle.clab.yml -n ams -i eth2 --delay 6000us  # ams:eth2",
      "containerlab tools netem set -t triangle.clab.yml -n par -i eth1 --delay 7000us  # par:eth1",
      "containerlab tools netem set -t triangle.clab.yml -n par -i eth2 --delay 5000us  # par:eth2",
      "containerlab tools netem set -t triangle.clab.yml -n fra -i eth2 --delay 5000us  # fra:eth2",
    ]);
  });

  it("carry every figure in containerlab's units, quote what a shell would read, and leave plain wires alone", () => {
    const text = `name: x
topology:
  defaults: {kind: linux}
  nodes: {a: , b: }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
      vars: {srwan.delay: 2ms, srwan.jitter: 250us, srwan.loss: 0.1%/0%, srwan.rate: 1.5mbit}
    - endpoints: ["a:eth2", "b:eth2"]
`;
    const set = "containerlab tools netem set -t 'my lab.yml'";
    expect(netemCommands(readLab(text, "x"), "my lab.yml")).toEqual([
      `${set} -n a -i eth1 --delay 2000us --jitter 250us --loss 0.1 --rate 1500  # a:eth1`,
      `${set} -n b -i eth1 --delay 2000us --jitter 250us --rate 1500  # b:eth1`,
    ]);
  });
});

/** The way a packet takes by the addresses and routes that the nodes' own commands set, or nothing if it gets nowhere. */
function pathBetween(lab: Lab, from: string, to: string): Direction[] | undefined {
  const goal = lab.nodes.find((node) => node.name === to)?.address;
  if (goal === undefined) return undefined;
  const owner = new Map(
    lab.nodes.flatMap(({ name, exec }) =>
      exec.flatMap((command) => {
        const [, address, device] = /^ip address add (\S+)\/64 dev (\S+)$/.exec(command) ?? [];
        return address && device ? [[address, `${name}:${device}`] as const] : [];
      }),
    ),
  );
  const path: Direction[] = [];
  for (let here = from; here !== to; ) {
    const commands = lab.nodes.find((node) => node.name === here)?.exec ?? [];
    const route = commands.find((command) =>
      [...command.matchAll(/(?<= )\S+\/48(?= )/g)].some(([prefix]) =>
        covers(parsePrefix(prefix), parsePrefix(formatIpv6(goal))),
      ),
    );
    const far = owner.get(/via (\S+)/.exec(route ?? "")?.[1] ?? "");
    const step = directions(lab).find((direction) => `${direction.to.node}:${direction.to.interface}` === far);
    if (step === undefined || step.from.node !== here || path.length > lab.nodes.length) return undefined;
    path.push(step);
    here = step.to.node;
  }
  return path;
}
