// A policy from flags, or from a file in YAML or JSON; flags beat the file.

import { SrwanError } from "../../base/errors.ts";
import { readFile } from "../../base/file.ts";
import { LIMITS } from "../../base/limits.ts";
import { parseDurationUs, parseRate, parseSharePpm } from "../../base/units.ts";
import { readYaml } from "../../base/yaml-file.ts";
import { PolicySpec } from "../../wire/policy.ts";
import type { Input } from "../verb.ts";

const list = (text: string): string[] => text.split(",").map((one) => one.trim());

function yesOrNo(text: string): boolean {
  if (text === "yes" || text === "no") return text === "yes";
  throw new SrwanError("USAGE", `"${text}" is neither yes nor no`, {
    remedy: "Give --encrypted yes or --encrypted no.",
  });
}

const READERS: Readonly<Record<string, readonly [keyof PolicySpec, (text: string) => unknown]>> = {
  from: ["from", String],
  to: ["to", String],
  prefixes: ["prefixes", list],
  intent: ["intent", String],
  maxDelay: ["maxDelayUs", parseDurationUs],
  maxLoss: ["maxLossPpm", parseSharePpm],
  minBandwidth: ["minBandwidthBps", parseRate],
  demand: ["demandBps", parseRate],
  must: ["must", list],
  never: ["never", list],
  pin: ["pin", list],
  priority: ["priority", Number],
  encrypted: ["encrypted", yesOrNo],
  tenant: ["tenant", String],
};

/** What the service is to check: nothing is checked here that it would not. */
export function policyOf(name: string, { flags }: Input, before: Partial<PolicySpec>): Record<string, unknown> {
  const base = typeof flags.file === "string" ? fromFile(name, flags.file) : before;
  const given = Object.entries(READERS).flatMap(([flag, [field, read]]) => {
    const text = flags[flag];
    return typeof text === "string" ? [[field, read(text)] as const] : [];
  });
  return { ...base, ...Object.fromEntries(given), name };
}

function fromFile(name: string, path: string): PolicySpec {
  const text = readFile(path, LIMITS.configFileMaxOctets).toString("utf8");
  const reference = "docs/reference/api.md";
  const { value } = readYaml(PolicySpec, { text, file: path, code: "CHANGE_INVALID", reference });
  const policy = value as PolicySpec;
  if (policy.name !== name) {
    throw new SrwanError("CHANGE_INVALID", `${path}: name = ${policy.name}, but ${name} is asked for`, {
      remedy: "Give the policy the same name in both places.",
    });
  }
  return policy;
}
