// What the figures of the kernel room time, run inside a namespace: `routes COUNT` installs routes with a SID list each,
// `shift COUNT` moves a policy with that many prefixes, through our own code and through `ip` in turn. Prints JSON.

import { spawnSync } from "node:child_process";
import { RealClock } from "../src/base/clock.ts";
import type { Prefix } from "../src/srv6/address.ts";
import { Kernel } from "../src/srv6/linux/kernel.ts";
import { type KernelObject, type KernelRoute, OUR_PROTOCOL } from "../src/srv6/linux/objects.ts";
import { openSocket, PROTOCOL } from "../src/srv6/linux/socket.ts";
import { encapText } from "../src/srv6/linux/text.ts";
import { parseSid } from "../src/srv6/sid.ts";

const [what, countText = "0"] = process.argv.slice(2);
const count = Number(countText);
const kernel = new Kernel(
  { route: openSocket(PROTOCOL.route), generic: openSocket(PROTOCOL.generic) },
  new RealClock(),
);

const prefix = (i: number): Prefix => ({ family: 6, address: (0xfd000000n << 96n) | (BigInt(i) << 64n), length: 64 });
const base = { kind: "route", table: 254, metric: 0, protocol: OUR_PROTOCOL } as const;
const list = (last: string) =>
  ({ kind: "seg6", mode: "encap", segments: [parseSid("fd00::1"), parseSid(last)] }) as const;
const add = (objects: readonly KernelObject[]) => objects.map((object) => ({ change: "add" as const, object }));

async function timedMs(objects: readonly KernelObject[], change: "add" | "replace" | "delete"): Promise<number> {
  const steps = objects.map((object) => ({ change, object }));
  // The plan is made before the clock starts, as the C sender's messages are; its garbage is not the installer's.
  globalThis.gc?.();
  const started = performance.now();
  const answers = await kernel.change(steps);
  const took = performance.now() - started;
  const refused = answers.find((errno) => errno !== 0);
  if (refused !== undefined) throw new Error(`the kernel refused a ${change} with ${refused}`);
  return took;
}

const installed = async (): Promise<number> =>
  (await kernel.read([], new Set())).ours.filter((object) => object.kind === "route").length;

async function routes(): Promise<unknown> {
  const own = (i: number): KernelRoute => ({
    ...base,
    prefix: prefix(i),
    target: { kind: "hops", hops: [{ device: "lo", weight: 1, encap: list("fd00::2") }] },
  });
  const all = Array.from({ length: count }, (_, i) => own(i));
  // An agent runs for months: its code is compiled long before.
  const warm = all.slice(0, 5_000);
  await timedMs(warm, "add");
  await timedMs(warm, "delete");
  const ms = await timedMs(all, "add");
  return { ms, installed: await installed() };
}

async function shift(): Promise<unknown> {
  const path = (last: string): KernelObject => ({
    kind: "nexthop",
    id: 10,
    family: 6,
    protocol: OUR_PROTOCOL,
    hop: { device: "lo", encap: list(last) },
  });
  const group: KernelObject = { kind: "group", id: 20, protocol: OUR_PROTOCOL, members: [{ id: 10, weight: 1 }] };
  const follow = (i: number): KernelRoute => ({ ...base, prefix: prefix(i), target: { kind: "nexthop", id: 20 } });
  await kernel.change(add([path("fd00::2"), group]));
  await timedMs(
    Array.from({ length: count }, (_, i) => follow(i)),
    "add",
  );
  const [ours, ip]: [number[], number[]] = [[], []];
  for (let round = 0; round < 6; round++) {
    ours.push(await timedMs([path(`fd00::${round}3`)], "replace"));
    const words = `-6 nexthop replace id 10 ${encapText(list(`fd00::${round}4`))} dev lo proto ${OUR_PROTOCOL}`.split(
      " ",
    );
    const started = performance.now();
    const { status, stderr } = spawnSync("ip", words, { encoding: "utf8" });
    ip.push(performance.now() - started);
    if (status !== 0) throw new Error(stderr);
  }
  return { ours: ours.slice(1), ip: ip.slice(1), installed: await installed() };
}

const result = await (what === "routes" ? routes() : shift());
process.stdout.write(JSON.stringify(result));
kernel.close();
