// Where counters are read: an interface of this machine, or the counts of the agent on its control socket, which go on over
// reboots and replaced objects.

import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { Check } from "typebox/value";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { onLine } from "../../base/socket-lines.ts";
import { CountsNow } from "../../wire/report.ts";
import type { Reading, Readings } from "./meter.ts";

export async function readSources(sources: ReadonlySet<string>, agentSocket: string): Promise<Readings> {
  const ofAgent = [...sources].some((source) => !source.startsWith("interface-"));
  const counts = ofAgent ? await askCounts(agentSocket) : new Map<string, Reading>();
  return new Map(
    [...sources].map((source) => {
      const reading = source.startsWith("interface-") ? readInterface(source) : counts.get(source);
      if (reading !== undefined) return [source, reading];
      throw new SrwanError("NOT_THERE", `${source}: the agent counts nothing of this name`, {
        remedy: "Compare the meter's file with `srwan agent status`, and wait until its document is applied.",
      });
    }),
  );
}

function readInterface(source: string): Reading {
  const [way = "", name = ""] = source.split(" ");
  const from = way === "interface-in" ? "rx" : "tx";
  const count = (what: string) =>
    BigInt(readFileSync(`/sys/class/net/${name}/statistics/${from}_${what}`, "utf8").trim());
  try {
    return { packets: count("packets"), octets: count("bytes") };
  } catch (error) {
    throw new SrwanError("NOT_THERE", `${source}: ${(error as Error).message}`, {
      remedy: "Give the name of an interface as `ip link` shows it.",
      cause: error,
    });
  }
}

async function askCounts(path: string): Promise<Map<string, Reading>> {
  const socket = connect(path);
  socket.setTimeout(LIMITS.agentControlTimeoutMs, () => socket.destroy(new Error("no answer in time")));
  try {
    const answer = await new Promise<unknown>((resolve, reject) => {
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("it hung up")));
      onLine(socket, LIMITS.agentStateMaxOctets, (line) => resolve(JSON.parse(line)));
      socket.write(`${JSON.stringify({ ask: "counters" })}\n`);
    });
    if (!Check(CountsNow, answer)) throw new Error("its answer holds no counters");
    return new Map(
      answer.counters.map(({ what, name, packets, octets }) => [
        `${what} ${name}`,
        { packets: BigInt(packets), octets: BigInt(octets) },
      ]),
    );
  } catch (error) {
    throw new SrwanError("AGENT_SILENT", `no agent tells its counters at ${path}: ${(error as Error).message}`, {
      remedy: "Start it with `srwan agent run`, or name its socket with --agent.",
      cause: error,
    });
  } finally {
    socket.destroy();
  }
}
