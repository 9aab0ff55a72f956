// `srwan ping` and `srwan trace`: what they ask, and what they saw as a person reads it.

import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT_CODES, SrwanError } from "../../base/errors.ts";
import { formatUs, parseDurationMs } from "../../base/units.ts";
import { keptDocument } from "../../pop-agent/kept-document.ts";
import type { Signature } from "../../pop-agent/oam/packet.ts";
import { type Answer, Sounder } from "../../pop-agent/oam/sounder.ts";
import { type Way, wayOf } from "../../pop-agent/oam/way.ts";
import { StateFolder } from "../../pop-agent/state-folder.ts";
import { formatIpv6 } from "../../srv6/address.ts";
import { defaultProbeNamespace } from "../../srv6/linux/probe-namespace.ts";
import { textOf } from "../flags.ts";
import type { Context, Input, View } from "../verb.ts";
import { readSettings } from "./setup.ts";

const [WAIT_MS, PROBES, GIVEN_UP] = [1_000, 3, 5];
const HOP_LIMIT = 64;

export async function ping(context: Context, input: Input): Promise<View> {
  const { way, signature, sounder } = open(context, input, input.arguments[0]);
  const count = number(input, "count", 5, 10_000);
  const interval = input.flags.interval;
  const intervalMs = typeof interval === "string" ? parseDurationMs(interval) : 200;
  const answers: (Answer | undefined)[] = [];
  try {
    for (let i = 0; i < count; i++) {
      if (i > 0) await sleep(intervalMs);
      answers.push(sounder.ask({ ...way, signature, hopLimit: HOP_LIMIT }, WAIT_MS));
    }
  } finally {
    sounder.close();
  }
  const times = answers.flatMap((one) => (one?.what === "reply" ? [one.tookUs] : []));
  const replies = answers.map((one) => ({
    what: one?.what ?? "nothing",
    from: one === undefined ? null : formatIpv6(one.from),
    tookUs: one?.what === "reply" ? one.tookUs : null,
  }));
  const lines = replies.map(({ what, from, tookUs }, i) => {
    if (from === null) return `${i + 1}  nothing came back in ${WAIT_MS} ms`;
    return `${i + 1}  ${what === "reply" ? `answered by ${from} after ${formatUs(tookUs ?? 0)}` : `${what}, says ${from}`}`;
  });
  const [least, most] = [Math.min(...times), Math.max(...times)];
  const spread = times.length === 0 ? "" : `, ${formatUs(least)} to ${formatUs(most)}`;
  return {
    data: { ...told(way), sent: count, answered: times.length, replies },
    text: () => [head("ping", way), ...lines, `${times.length} of ${count} answered${spread}`].join("\n"),
    ...exitOf(times.length > 0),
  };
}

type Hop = {
  readonly hop: number;
  readonly address: string | null;
  readonly what: string;
  /** Where the packet was bound for next. */
  readonly towards: string | null;
  readonly tookUs: readonly (number | null)[];
};

export async function trace(context: Context, input: Input): Promise<View> {
  const [first, second] = input.arguments;
  const { way, signature, sounder, pop } = open(context, input, second ?? first);
  if (second !== undefined && first !== pop) {
    throw new SrwanError("USAGE", `this is POP ${pop}, and not ${first}`, {
      remedy: `Run it on ${first}, or leave ${first} away.`,
    });
  }
  const most = number(input, "hops", 30, 255);
  const hops: Hop[] = [];
  try {
    for (let hop = 1; hop <= most && !isEnd(hops); hop++) {
      const answers = Array.from({ length: PROBES }, () => sounder.ask({ ...way, signature, hopLimit: hop }, WAIT_MS));
      const one = answers.find((answer) => answer !== undefined);
      hops.push({
        hop,
        address: one === undefined ? null : formatIpv6(one.from),
        what: one?.what ?? "nothing",
        towards: one?.towards === undefined ? null : formatIpv6(one.towards),
        tookUs: answers.map((answer) => answer?.tookUs ?? null),
      });
      // Lets Ctrl-C through.
      await sleep(0);
    }
  } finally {
    sounder.close();
  }
  const isReached = hops.at(-1)?.what === "reply";
  return {
    data: { ...told(way), reached: isReached, hops },
    text: () => [head("trace", way), ...hops.map(hopText)].join("\n"),
    ...exitOf(isReached),
  };
}

const isEnd = (hops: readonly Hop[]): boolean => {
  const last = hops.at(-1);
  const isSilent = hops.length >= GIVEN_UP && hops.slice(-GIVEN_UP).every(({ what }) => what === "nothing");
  return isSilent || (last !== undefined && last.what !== "expired" && last.what !== "nothing");
};

function hopText({ hop, address, what, towards, tookUs }: Hop): string {
  const times = tookUs.map((us) => (us === null ? "*" : formatUs(us))).join("  ");
  const number = String(hop).padStart(2);
  if (address === null) return `${number}  ${times}`;
  const said =
    what === "reply" ? "the far end" : what === "expired" ? `on to ${towards}` : `${what}, bound for ${towards}`;
  return `${number}  ${address}  ${times}  ${said}`;
}

function open(context: Context, input: Input, to: string | undefined) {
  const settings = readSettings(context);
  const document = keptDocument(new StateFolder(settings.state));
  if (document === undefined) {
    throw new SrwanError("AGENT_NOT_JOINED", `${settings.state} holds no document: no agent of this POP was told any`, {
      remedy: "Run it on a POP whose agent runs, and name its state folder with --config or SRWAN_STATE.",
    });
  }
  const text = (name: string): string | undefined => textOf(input.flags[name]);
  const asked = { pop: to, policy: text("policy"), path: text("path"), sids: text("sids"), address: text("address") };
  const { pop } = document.settings;
  const way = wayOf(document, asked);
  return {
    way,
    pop,
    signature: signatureOf(way.key),
    sounder: new Sounder(settings.probe.namespace ?? defaultProbeNamespace(pop)),
  };
}

/** As the kernel signs what it encapsulates: the key is the very text. */
const signatureOf = (key: Way["key"]): Signature | undefined =>
  key && { keyId: key.id, hmac: (octets) => createHmac(key.algorithm, key.secret).update(octets).digest() };

const told = ({ to, over, policy, path, sids, key }: Way) => ({
  to,
  over,
  policy: policy ?? null,
  path: path ?? null,
  sids: sids.map(formatIpv6),
  key: key?.id ?? null,
});

function head(verb: string, { to, over, policy, path, sids, key }: Way): string {
  const named = policy === undefined ? "the SIDs given" : `${policy}, path ${path} (${over.join(" → ")})`;
  const signed = key === undefined ? "" : `, signed with key ${key.id}`;
  return `${verb} ${to} through ${named}: ${sids.map(formatIpv6).join(" ")}${signed}`;
}

const exitOf = (isWell: boolean): { readonly exitCode?: number } =>
  isWell ? {} : { exitCode: EXIT_CODES.failed.code };

function number({ flags }: Input, name: string, otherwise: number, most: number): number {
  const given = flags[name];
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new SrwanError("USAGE", `--${name} ${String(given)} is no number of 1 to ${most}`, {
    remedy: `Give 1 to ${most}; without it, ${otherwise}.`,
  });
}
