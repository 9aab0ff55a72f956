// The netconf room against its peers in the same run: ncclient and OpenSSH's own client, all with one netconfd. And what
// a large reply and many sessions cost.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { SMALL_HEAP } from "../src/base/heap.ts";
import { subtree } from "../src/netconf/filter.ts";
import { frame } from "../src/netconf/frame.ts";
import { helloText } from "../src/netconf/hello.ts";
import { BASE_10, NS } from "../src/netconf/names.ts";
import * as operations from "../src/netconf/operations.ts";
import type { SshTarget } from "../src/netconf/ssh.ts";
import { parseXmlList } from "../src/netconf/xml/read.ts";
import { writeXml } from "../src/netconf/xml/write.ts";
import { Netconfd, whyNoNetconfd } from "../test/netconf/netconfd.ts";
import { atLeast, atMost, type Figure, interleaved, median } from "./lib.ts";
import { shippedPart } from "./netns.ts";

const PART = "netconf-part.ts";
const TRANSACTIONS = 100;
const LARGE_OCTETS = 8e6;
const HUGE_OCTETS = 100e6;
const SESSIONS = 1_000;
const REAL_SESSIONS = 50;
const SERVICES = "urn:srwan:test";

type Cost = { readonly wallMs: number; readonly cpuMs: number };

const part = <T>(program: string, ...args: readonly (string | number)[]): T => partWith<T>([], program, ...args);

function partWith<T>(flags: readonly string[], program: string, ...args: readonly (string | number)[]): T {
  const words = [...flags, program, ...args.map(String)];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}: ${stderr.slice(0, 400)}`);
  return JSON.parse(stdout) as T;
}

function ncclient(server: Netconfd): Cost {
  const words = [
    join(import.meta.dirname, "netconf_peer.py"),
    server.port,
    server.user,
    join(server.folder, "user"),
    TRANSACTIONS,
  ];
  const { status, stdout, stderr } = spawnSync("/usr/bin/python3", words.map(String), { encoding: "utf8" });
  if (status !== 0) throw new Error(`ncclient (Debian python3-ncclient) ended with ${status}: ${stderr.slice(-400)}`);
  return JSON.parse(stdout) as Cost;
}

/** OpenSSH's client with this server's subsystem. */
const ssh = (server: Netconfd): string[] => [
  "ssh",
  ...[
    "-p",
    String(server.port),
    "-i",
    join(server.folder, "user"),
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "LogLevel=ERROR",
  ],
  ...["-o", "UserKnownHostsFile=/dev/null", "-s", `${server.user}@127.0.0.1`, "netconf"],
];

/** Fills running until one get-config of it is as large as is wanted. */
async function fill(server: Netconfd): Promise<void> {
  const note = "n".repeat(400);
  const session = await server.session({ deadlineMs: 300_000 });
  for (let at = 0; at < LARGE_OCTETS / 500; at += 1_000) {
    const entries = Array.from(
      { length: 1_000 },
      (_, i) => `<service><name>s${at + i}</name><note>${note}</note></service>`,
    );
    const edit = parseXmlList(`<services xmlns="${SERVICES}">${entries.join("")}</services>`);
    await session.call(operations.editConfig("candidate", edit));
    await session.call(operations.commit());
  }
  await session.close();
}

/** What ssh takes to bring the same reply to nowhere, connection and all. */
function sshGetMs(server: Netconfd): number {
  const filter = operations.getConfig("running", { filter: subtree(`<services xmlns="${SERVICES}"/>`) });
  const asked = [filter, operations.closeSession()].map(
    ({ body }, i) => `<rpc xmlns="${NS.base}" message-id="${i + 1}">${writeXml(body, { inside: NS.base })}</rpc>`,
  );
  const input = [helloText([BASE_10]), ...asked].map((text) => frame(text, false)).join("");
  const [program = "", ...args] = ssh(server);
  const started = performance.now();
  const { status, stderr } = spawnSync(program, args, { input, stdio: ["pipe", "ignore", "pipe"] });
  if (status !== 0) throw new Error(`ssh ended with ${status}: ${stderr}`);
  return performance.now() - started;
}

async function scripted<T>(program: string, octets: number, work: (target: SshTarget) => T): Promise<T> {
  const child = spawn(process.execPath, [program, "serve", String(octets)], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  try {
    return work(JSON.parse(line.toString("utf8")) as SshTarget);
  } finally {
    child.stdin.end();
    await once(child, "exit");
  }
}

export const netconf: Figure = {
  name: "netconf",
  about: "NETCONF requests against ncclient and ssh with one netconfd; a 100 MB reply; a thousand sessions",
  measure: async (rounds) => {
    const why = whyNoNetconfd();
    if (why) throw new Error(why);
    const program = shippedPart(PART);
    const server = await Netconfd.start();
    const target = JSON.stringify(server.target);
    try {
      const cpu: Record<"ours" | "ncclient", number[]> = { ours: [], ncclient: [] };
      const keep = (who: keyof typeof cpu, cost: Cost): number => {
        cpu[who].push(cost.cpuMs);
        return cost.wallMs;
      };
      const wall = await interleaved(
        {
          ours: () => keep("ours", part<Cost>(program, "requests", target, TRANSACTIONS)),
          ncclient: () => keep("ncclient", ncclient(server)),
          ssh: () => part<Cost>(program, "raw", JSON.stringify(ssh(server)), TRANSACTIONS).wallMs,
        },
        rounds,
      );
      const [oursCpuMs, ncclientCpuMs] = [median(cpu.ours.slice(1)), median(cpu.ncclient.slice(1))];
      const real = part<Many>(program, "sessions", target, REAL_SESSIONS);
      await fill(server);
      const octets = part<{ octets: number }>(program, "get", target).octets;
      const large = await interleaved(
        { ours: () => part<{ wallMs: number }>(program, "get", target).wallMs, ssh: () => sshGetMs(server) },
        Math.min(rounds, 3),
      );
      // With the heap that an agent beside a router is started with, and as any program that uses the room has it.
      const [huge, plain] = await scripted(program, HUGE_OCTETS, (to) =>
        [SMALL_HEAP, []].map((flags) => partWith<Huge>(flags, program, "stream", JSON.stringify(to))),
      );
      if (huge === undefined || plain === undefined) throw new Error("nothing was streamed");
      const many = await scripted(program, 0, (to) => part<Many>(program, "sessions", JSON.stringify(to), SESSIONS));
      return {
        figures: {
          transactionOursCpuMs: oursCpuMs,
          transactionNcclientCpuMs: ncclientCpuMs,
          transactionOursMs: wall.ours,
          transactionNcclientMs: wall.ncclient,
          transactionSshMs: wall.ssh,
          largeReplyMb: octets / 1e6,
          largeReplyOursMs: large.ours,
          largeReplySshMs: large.ssh,
          hugeReplyRssMiB: huge.rssMiB,
          hugeReplyMs: huge.wallMs,
          hugeReplyPlainHeapRssMiB: plain.rssMiB,
          hugeReplyPlainHeapMs: plain.wallMs,
          sessionsRssMiB: many.rssMiB,
        },
        goals: [
          atMost("CPU of a transaction against ncclient's", oursCpuMs / ncclientCpuMs, "×", 0.2),
          atMost("time of a transaction against the same octets by ssh", wall.ours / wall.ssh, "×", 1.1),
          atMost("get-config of 8 MB against ssh to nowhere", large.ours / large.ssh, "×", 1.5),
          atMost("memory of a 100 MB reply, streamed, with an agent's heap", huge.rssMiB, "MiB", 150),
          atLeast("sessions at once, scripted server", Math.min(many.open, many.answered), "sessions", SESSIONS),
          atLeast("sessions at once, netconfd", Math.min(real.open, real.answered), "sessions", REAL_SESSIONS),
        ],
      };
    } finally {
      await server.stop();
    }
  },
};

type Many = { readonly open: number; readonly answered: number; readonly rssMiB: number };
type Huge = { readonly rssMiB: number; readonly wallMs: number };
