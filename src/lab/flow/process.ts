// A node's flow process: its task is the first line of stdin, its answers are lines of stdout. A sink ends when stdin
// does.

import { createInterface } from "node:readline";
import { raisePriority } from "../machine.ts";
import type { SenderTask, SinkTask } from "./plan.ts";
import { sendFlows } from "./sender.ts";
import { sinkFlows } from "./sink.ts";

export async function flowProcess(side: "send" | "sink"): Promise<void> {
  raisePriority();
  const lines = createInterface({ input: process.stdin });
  const ended = new Promise<void>((resolve) => lines.once("close", () => resolve()));
  const task = await new Promise<string>((resolve) => lines.once("line", resolve));
  const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  if (side === "send") await sendFlows(JSON.parse(task) as SenderTask, say);
  else await sinkFlows(JSON.parse(task) as SinkTask, ended, say);
}
