// `srwan pulse send|reflect`: one-way measurement by hand, against our own agents or any STAMP or TWAMP-Light device.

import { EXIT_CODES } from "../../base/errors.ts";
import type { PeerId, PulseSample } from "../../pulse/model.ts";
import type { NeighbourPlan, PulseNews, PulsePlan, ReplyTold } from "../../pulse/plan.ts";
import type { Pulse } from "../../pulse/pulse.ts";
import { onStop } from "../signals.ts";
import type { Context, Flag, Input, Verb, View } from "../verb.ts";

const PORT: Flag = { name: "--port", value: "port", about: "UDP port (default 862)" };
const KEY: Flag = {
  name: "--auth-key",
  value: "key",
  about: "authenticated mode with this key: hexadecimal digits, or @FILE that holds them",
};
const FORMAT: Flag = {
  name: "--timestamp-format",
  value: "format",
  about: "of our stamps (default ntp)",
  choices: ["ntp", "ptp"],
};
const NETNS: Flag = { name: "--netns", value: "name", about: "in this network namespace" };
const STAMPS: Flag = {
  name: "--stamps",
  value: "source",
  about: "kernel, or handler: never ask for the kernel's stamps (default kernel)",
  choices: ["kernel", "handler"],
};

const plan = ({ flags }: Input, more: Partial<PulsePlan>): PulsePlan => ({
  neighbours: [],
  reflectors: [],
  synchronised: false,
  stamps: flags.stamps === "handler" ? "handler" : "kernel",
  phaseStart: 0,
  tellsReplies: true,
  ...more,
});

export const pulseSend: Verb = {
  name: "pulse send",
  summary: "measure a path both ways, like ping, but each way by itself",
  about:
    "Sends STAMP pulses (RFC 8762) and sums up the way out, the way back and the round trip. Delays of one way hold the " +
    "difference of the two clocks; their sum does not. Loss is told per way where the reflector counts (a stateful " +
    "one). Extensions for --tlv, separated by commas: location, timestamps, class-of-service=DSCP, direct, " +
    "access-report, follow-up, padding=OCTETS, destination=ADDRESS. Exits 1 when nothing answered.",
  arguments: [{ name: "host", about: "a name or an address" }],
  flags: [
    { name: "--count", value: "n", about: "pulses to send; 0 until Ctrl-C (default 10)" },
    { name: "--interval", value: "time", about: "between two pulses, 30ms to 60s (default 1s)" },
    PORT,
    KEY,
    { name: "--tlv", value: "list", about: "extensions to ask for" },
    { name: "--twamp-light", about: "a plain packet without session identifier, for old devices" },
    FORMAT,
    { name: "--dscp", value: "n", about: "send with this DSCP" },
    { name: "--from", value: "address", about: "send from this address" },
    { name: "--return-via", value: "sids", about: "ask for the replies to come over these SIDs (RFC 9503)" },
    { name: "--return-to", value: "address", about: "ask for the replies to go to this address" },
    NETNS,
    STAMPS,
  ],
  examples: [
    { command: "srwan pulse send sea.example.net", about: "ten pulses, a second apart" },
    { command: "srwan pulse send 192.0.2.1 --twamp-light --count 100 --interval 100ms", about: "a router" },
    {
      command: "srwan pulse send sea --auth-key @/etc/srwan/pulse.key --tlv location -o wide",
      about: "each reply",
    },
  ],
  run: async (context, input) => {
    const [{ readSend }, { Pulse }] = await Promise.all([
      import("../pulse/options.ts"),
      import("../../pulse/pulse.ts"),
    ]);
    const neighbour = await readSend(input);
    const samples: PulseSample[] = [];
    const replies = new Map<string, ReplyTold>();
    let counters: Readonly<Record<string, number>> = {};
    let stamps = "";
    const finished = Promise.withResolvers<void>();
    const pulse = new Pulse(plan(input, { neighbours: [neighbour] }), (news: PulseNews) => {
      if (news.kind === "ready") stamps = news.stamps;
      else if (news.kind === "counters") counters = news.counters;
      else if (news.kind === "finished") finished.resolve();
      else if (news.kind === "samples") {
        samples.push(...news.samples);
        for (const told of news.replies) replies.set(`${told.sequence} ${told.duplicate}`, told);
        const [sent, answered] = [countOf(samples, "sent"), countOf(samples, "reply")];
        context.progress(`${neighbour.id}: ${sent} sent, ${answered} answered`);
      }
    });
    pulse.ended.then(finished.resolve, finished.reject);
    const forget = onStop(finished.resolve);
    await finished.promise;
    forget();
    await pulse.stop();
    return sendView(context, neighbour, stamps, samples, replies, counters);
  },
};

const countOf = (samples: readonly PulseSample[], kind: PulseSample["kind"]): number =>
  samples.reduce((count, one) => count + (one.kind === kind ? 1 : 0), 0);

async function sendView(
  _context: Context,
  neighbour: NeighbourPlan,
  stamps: string,
  samples: readonly PulseSample[],
  replies: ReadonlyMap<string, ReplyTold>,
  counters: Readonly<Record<string, number>>,
): Promise<View> {
  const [{ summarize }, shown, { formatAddress }] = await Promise.all([
    import("../../pulse/summary.ts"),
    import("../pulse/text.ts"),
    import("../../pulse/address.ts"),
  ]);
  const summary = summarize(samples);
  const lacks = [...new Set([...replies.values()].flatMap((told) => told.lacks))];
  const { sent: _s, replies: _r, ...refused } = counters;
  const target = { host: neighbour.id as PeerId, address: formatAddress(neighbour.address), port: neighbour.port };
  const head = `${target.host} (${target.address} port ${target.port}), ${neighbour.mode}, stamps of the ${stamps}`;
  return {
    data: { target, mode: neighbour.mode, stamps, ...summary, lacks, refused },
    text: (wide, screen) => {
      const each = wide
        ? samples.flatMap((one) => {
            if (one.kind !== "reply") return [];
            const told = replies.get(`${one.sequence} false`);
            return [shown.replyLine(one, told)];
          })
        : [];
      const notes = [...shown.lacksText(lacks), ...Object.entries(refused).map(([why, count]) => `${count} × ${why}`)];
      return [head, ...each, "", shown.summaryText(summary, screen), `${shown.countsText(summary)}.`, ...notes].join(
        "\n",
      );
    },
    exitCode: summary.answered > 0 ? EXIT_CODES.ok.code : EXIT_CODES.failed.code,
  };
}

export const pulseReflect: Verb = {
  name: "pulse reflect",
  summary: "answer pulses of STAMP and TWAMP-Light senders until Ctrl-C",
  about:
    "A reflector that counts what it reflects for each sender, so that the sender can tell loss on the way out from loss " +
    "on the way back. Answers go to the sender only, over its own path, unless the flags below allow more.",
  flags: [
    { name: "--listen", value: "addresses", about: "answer on these addresses only (default all)" },
    PORT,
    KEY,
    FORMAT,
    { name: "--stateless", about: "copy the sender's number instead of counting" },
    { name: "--allow", value: "addresses", about: "answer only these senders" },
    { name: "--return-to", value: "addresses", about: "a sender may ask for its answer at these (RFC 9503)" },
    { name: "--steer-replies", about: "a sender may choose the SID list of its answer (RFC 9503)" },
    NETNS,
    STAMPS,
  ],
  examples: [
    { command: "srwan pulse reflect", about: "on port 862 of every address, as root" },
    {
      command: "srwan pulse reflect --listen 192.0.2.1 --port 20862 --auth-key @pulse.key",
      about: "signed pulses only",
    },
  ],
  run: async (context, input) => {
    const [{ readReflect }, { Pulse }] = await Promise.all([
      import("../pulse/options.ts"),
      import("../../pulse/pulse.ts"),
    ]);
    let counters: Readonly<Record<string, number>> = {};
    const pulse: Pulse = new Pulse(plan(input, { reflectors: readReflect(input) }), (news) => {
      if (news.kind !== "counters") return;
      counters = news.counters;
      context.progress(`${counters.answered ?? 0} answered`);
    });
    const { reflectorPorts, stamps } = await pulse.ready;
    const log = await context.log();
    log.info("answering pulses", { ports: [...new Set(reflectorPorts)], stamps });
    const done = Promise.withResolvers<void>();
    pulse.ended.then(done.resolve, done.reject);
    const forget = onStop(done.resolve);
    await done.promise;
    forget();
    await pulse.stop();
    return {
      data: { ports: reflectorPorts, stamps, counters },
      text: () => [`${counters.answered ?? 0} answered.`, ...Object.entries(counters).flatMap(refusal)].join("\n"),
    };
  },
};

const refusal = ([why, count]: readonly [string, number]): string[] =>
  why === "answered" ? [] : [`${count} × ${why}`];
