// Events as sentences: what happened, to what, and why. Pure.

import { popsOf, segmentOf } from "./format.ts";
import { linkTo } from "./route.ts";
import type { EventView } from "./types.ts";

export type Told = {
  readonly id: number;
  readonly atMs: number;
  readonly kind: "good" | "warn" | "bad" | "calm" | "moved";
  readonly title: string;
  readonly why: string;
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly href: string | undefined;
};

const TROUBLES: Readonly<Record<string, string>> = {
  delay: "delays are higher than usual",
  jitter: "delays vary more than usual",
  loss: "packets are lost",
};

const listOf = (text: unknown): string[] =>
  String(text ?? "")
    .split(" ")
    .filter((one) => one !== "");

export const segmentWords = (name: string): string => {
  const { from, transit, to } = segmentOf(name);
  return to === "" ? name : `${from} → ${to} over ${transit}`;
};

export function told({ id, atMs, type, subject, text, data, pop }: EventView): Told {
  const one = (kind: Told["kind"], title: string, why: string, href?: string): Told => ({
    id,
    atMs,
    kind,
    title,
    why,
    href,
  });
  const policy = linkTo("policies", subject);
  switch (type) {
    case "segment-is-UP":
      return one("good", `${segmentWords(subject)} is well again`, "", linkTo("map"));
    case "segment-is-DEGRADED":
      return one("warn", `${segmentWords(subject)} is congested`, TROUBLES[text] ?? text, linkTo("map"));
    case "segment-is-DOWN":
      return one("bad", `${segmentWords(subject)} is down`, "nothing comes through", linkTo("map"));
    case "policy-moved": {
      const [from, to] = [listOf(data.from), listOf(data.to)];
      const via = popsOf(to).slice(1, -1);
      const over = via.length === 0 ? "to the direct segment" : `to the way over ${via.join(" and ")}`;
      return { ...one("moved", `Policy ${subject} was moved ${over}`, text, policy), from, to };
    }
    case "policy-state": {
      const state = String(data.state ?? "");
      const kind = state === "PROGRAMMED" ? "good" : state === "SENT" || state === "INSTALLED" ? "calm" : "warn";
      const words = state === "PROGRAMMED" ? "every object read back, its SID list proved by a probe" : text;
      return one(kind, `Policy ${subject} is ${state}`, words, policy);
    }
    case "quarantined":
      return one("warn", `POP ${subject} was set apart`, text, linkTo("pops", subject));
    case "commit-returned":
      return one("warn", `Commit ${subject} went back by itself`, text, linkTo("changes"));
    case "failed-over":
      return one("warn", `${pop} moved ${subject} to its backup by itself`, text, policy);
    case "returned":
      return one("good", `${pop} moved ${subject} back`, text, policy);
    case "drift-repaired":
      return one("calm", `${pop} repaired ${subject}`, text, linkTo("pops", pop ?? ""));
    default: {
      const kind = /down|refused|unproved|gap|contradiction/.test(type) ? "warn" : "calm";
      return one(
        kind,
        `${type.replaceAll("-", " ")}: ${subject}`,
        text,
        pop === null ? undefined : linkTo("pops", pop),
      );
    }
  }
}

/** What a newcomer wants to hear of; the rest is under Events. */
const MAIN = new Set([
  "segment-is-UP",
  "segment-is-DEGRADED",
  "segment-is-DOWN",
  "policy-moved",
  "quarantined",
  "commit-returned",
  "failed-over",
  "returned",
  "drift-repaired",
  "refused",
]);

/** On its way to being programmed a policy passes through these. */
const PASSING = ["not looked at yet"];

export const isStory = ({ type, data, text }: EventView): boolean =>
  MAIN.has(type) ||
  (type === "policy-state" && !["SENT", "INSTALLED"].includes(String(data.state)) && !PASSING.includes(text));
