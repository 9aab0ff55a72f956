// Builds a lab inside its own namespaces: namespaces, their settings, links, then what each node does for itself.

import type { LinkDriver } from "../link/driver.ts";
import { directions, type Lab, type LabNode } from "../model.ts";
import { nodeEnv } from "./enter.ts";
import type { LabFolder, LabRecord } from "./folder.ts";
import { nodeNamespace } from "./names.ts";
import { nodeScript, settingsScript } from "./node-script.ts";
import { type NextHop, nextHopsTo } from "./routes.ts";
import { runInside } from "./run.ts";

export type Progress = (text: string) => void;

/** What the file asked for and did not get, one line each. */
export async function buildLab(
  lab: Lab,
  folder: LabFolder,
  record: LabRecord,
  driver: LinkDriver,
  progress: Progress,
): Promise<string[]> {
  const warnings: string[] = [];
  const inEach = (what: string, script: (node: LabNode) => string): Promise<void> => {
    let done = 0;
    return sideBySide(lab.nodes, async (node) => {
      const namespace = nodeNamespace(lab.name, node.name);
      const env = nodeEnv(folder, record, node);
      const said = await runInside({ namespace, words: ["sh", "-s"], input: script(node), env });
      warnings.push(...said.split("\n").flatMap((line) => (line === "" ? [] : [`${node.name}: ${line}`])));
      progress(`${what} ${++done} of ${lab.nodes.length}`);
    });
  };
  progress(`${lab.nodes.length} namespaces`);
  const names = record.namespaces.map((name) => `netns add ${name}\n`).join("");
  await runInside({ words: ["ip", "-batch", "-"], input: names });
  await inEach("settings: node", settingsScript);
  progress(`${lab.links.length} links (${driver.kind})`);
  await driver.create();
  const hops = underlay(lab);
  await inEach("addresses and commands: node", (node) => nodeScript(lab, node, hops?.get(node.name)));
  return warnings;
}

/**
 * Next hops by node and destination, for a lab that leaves routing to us. One whose nodes say where they are reached has
 * commands that make it so, and keeps to them.
 */
function underlay(lab: Lab): ReadonlyMap<string, ReadonlyMap<string, NextHop>> | undefined {
  if (lab.nodes.some((node) => node.address !== undefined)) return undefined;
  const all = directions(lab);
  const byNode = new Map(lab.nodes.map((node) => [node.name, new Map<string, NextHop>()] as const));
  for (const { name } of lab.nodes) {
    for (const [node, hop] of nextHopsTo(lab, name, all)) byNode.get(node)?.set(name, hop);
  }
  return byNode;
}

const AT_ONCE = 4;

async function sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const open = [...items];
  const worker = async (): Promise<void> => {
    for (let item = open.shift(); item !== undefined; item = open.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
