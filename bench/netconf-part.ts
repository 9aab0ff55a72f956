// What the figures of the netconf room time, each in a process of its own. `requests TARGET N`: one transaction's requests,
// N times. `raw COMMAND N`: the same octets through a command's pipes, nothing read but the ends. `get TARGET`: one large
// get-config. `stream TARGET`: a reply of any size. `sessions TARGET N`: so many at once. `serve OCTETS`: the scripted
// server. Prints JSON.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { RealClock } from "../src/base/clock.ts";
import { subtree } from "../src/netconf/filter.ts";
import { frame } from "../src/netconf/frame.ts";
import { helloText } from "../src/netconf/hello.ts";
import { NS } from "../src/netconf/names.ts";
import * as operations from "../src/netconf/operations.ts";
import { Session } from "../src/netconf/session.ts";
import { connectSsh, type SshTarget } from "../src/netconf/ssh.ts";
import { parseXmlList } from "../src/netconf/xml/read.ts";
import { writeXml } from "../src/netconf/xml/write.ts";
import { ScriptedServer } from "../test/support/netconf-server.ts";

const clock = new RealClock();
const SERVICES = "urn:srwan:test";
const WARM = 50;

const open = async (target: string): Promise<Session> =>
  Session.open(await connectSsh(JSON.parse(target) as SshTarget), { clock });

const services = subtree(`<services xmlns="${SERVICES}"><service><name>bench</name></service></services>`);

/** One transaction, as its requests. */
const requests = (i: number): operations.Operation[] => {
  const edit = `<services xmlns="${SERVICES}"><service><name>bench</name><octets>${i}</octets></service></services>`;
  return [
    operations.lock("candidate"),
    operations.discardChanges(),
    operations.getConfig("running", { filter: services }),
    operations.editConfig("candidate", parseXmlList(edit), { errorOption: "rollback-on-error" }),
    operations.confirmedCommit({ timeoutS: 60, persist: `p${i}` }),
    operations.getConfig("running", { filter: services }),
    operations.commit(`p${i}`),
    operations.getConfig("running", { filter: services }),
    operations.unlock("candidate"),
  ];
};

type Cost = { readonly wallMs: number; readonly cpuMs: number };

/** Per round, after some that are not counted. */
async function cost(count: number, round: (i: number) => Promise<void>): Promise<Cost> {
  for (let i = 0; i < WARM; i++) await round(i);
  const [started, before] = [performance.now(), process.cpuUsage()];
  for (let i = WARM; i < WARM + count; i++) await round(i);
  const { user, system } = process.cpuUsage(before);
  return { wallMs: (performance.now() - started) / count, cpuMs: (user + system) / 1e3 / count };
}

async function timeRequests(target: string, count: number): Promise<Cost> {
  const session = await open(target);
  const result = await cost(count, async (i) => {
    for (const operation of requests(i)) await session.call(operation);
  });
  await session.close();
  return result;
}

/** The server's own time: nothing is made of what it answers. */
async function timeRaw(command: string, count: number): Promise<Cost> {
  const [program = "", ...args] = JSON.parse(command) as string[];
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] });
  const END = { eom: Buffer.from("]]>]]>"), chunks: Buffer.from("\n##\n") };
  let [end, tail] = [END.eom, Buffer.alloc(0)];
  let answered: () => void = () => undefined;
  child.stdout.on("data", (octets: Buffer) => {
    tail = Buffer.concat([tail, octets]).subarray(-8);
    if (!tail.includes(end)) return;
    tail = Buffer.alloc(0);
    answered();
  });
  const say = async (text: string): Promise<void> => {
    const heard = new Promise<void>((done) => {
      answered = done;
    });
    child.stdin.write(text);
    await heard;
  };
  await say(frame(helloText(), false));
  end = END.chunks;
  let id = 0;
  const result = await cost(count, async (i) => {
    for (const { body } of requests(i)) {
      const rpc = `<rpc xmlns="${NS.base}" message-id="${++id}">${writeXml(body, { inside: NS.base })}</rpc>`;
      await say(frame(rpc, true));
    }
  });
  child.kill();
  return result;
}

async function timeGet(target: string): Promise<{ wallMs: number; octets: number }> {
  const started = performance.now();
  const session = await open(target);
  const all = subtree(`<services xmlns="${SERVICES}"/>`);
  const { root } = await session.call(operations.getConfig("running", { filter: all }), { deadlineMs: 300_000 });
  await session.close();
  const wallMs = performance.now() - started;
  return { wallMs, octets: Buffer.byteLength(writeXml(root)) };
}

async function streamAll(target: string): Promise<{ rssMiB: number; entries: number; wallMs: number }> {
  const session = await open(target);
  const started = performance.now();
  let entries = 0;
  for await (const _one of session.stream(operations.get(), ["data", "list", "entry"])) entries++;
  const wallMs = performance.now() - started;
  await session.close();
  return { rssMiB: process.resourceUsage().maxRSS / 1_024, entries, wallMs };
}

async function openMany(target: string, count: number): Promise<{ open: number; answered: number; rssMiB: number }> {
  const sessions: Session[] = [];
  const left = Array.from({ length: count }, (_, i) => i);
  // As many logins at a time as a device takes.
  const worker = async (): Promise<void> => {
    while (left.pop() !== undefined) sessions.push(await open(target));
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  const replies = await Promise.all(
    sessions.map((session) => session.call(operations.getConfig("running", { filter: services }))),
  );
  const isOpen = sessions.filter((session) => session.isOpen).length;
  const rssMiB = process.memoryUsage.rss() / 2 ** 20;
  for (const session of sessions) session.destroy();
  return { open: isOpen, answered: replies.filter(({ kind }) => kind === "data").length, rssMiB };
}

/** Says its target, and serves until its input ends. `get` is answered with so many octets. */
async function serve(octets: number): Promise<void> {
  const entry = (i: number): string => `<entry><name>e${i}</name><octets>18446744073709551615</octets></entry>`;
  const part = Array.from({ length: 500 }, (_, i) => entry(i)).join("");
  const server = await ScriptedServer.start({
    script: async ({ id, operation }, line) => {
      if (operation.name !== "get") return false;
      const say = async (text: string): Promise<void> => {
        if (!line.raw(`\n#${Buffer.byteLength(text)}\n${text}`)) await line.drained();
      };
      await say(`<rpc-reply xmlns="${NS.base}" message-id="${id}"><data><list xmlns="urn:a">`);
      for (let sent = 0; sent < octets; sent += part.length) await say(part);
      await say("</list></data></rpc-reply>");
      line.raw("\n##\n");
      return true;
    },
  });
  process.stdout.write(`${JSON.stringify(server.target)}\n`);
  process.stdin.resume();
  await once(process.stdin, "end");
  process.exit(0);
}

const [what, where = "", count = "0"] = process.argv.slice(2);
const parts: Readonly<Record<string, () => Promise<unknown>>> = {
  requests: () => timeRequests(where, Number(count)),
  raw: () => timeRaw(where, Number(count)),
  get: () => timeGet(where),
  stream: () => streamAll(where),
  sessions: () => openMany(where, Number(count)),
  serve: () => serve(Number(where)),
};
process.stdout.write(`${JSON.stringify(await parts[what ?? ""]?.())}\n`);
