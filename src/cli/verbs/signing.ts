// `srwan signing show|set|off`: whether POPs sign SID lists and with which key, by numbers: nobody is shown a key.

import { SrwanError } from "../../base/errors.ts";
import type { Signing } from "../../wire/policy.ts";
import { clientOf } from "../service/client-of.ts";
import type { Input, Verb } from "../verb.ts";
import { diffView } from "./change.ts";

const CANDIDATE = "/api/v1/config/candidate";
type WithSigning = { readonly config: { readonly signing?: Signing } };

export const signingShow: Verb = {
  name: "signing show",
  summary: "whether POPs sign SID lists, and drop what is not signed",
  about: "What is in force. Keys have numbers; what they are, only the service and POPs know.",
  examples: [{ command: "srwan signing show", about: "before keys change" }],
  run: async (context) => {
    const { config } = await (await clientOf(context)).get<WithSigning>("/api/v1/config/running");
    const { signing } = config;
    return {
      data: signing ?? null,
      text: () =>
        signing === undefined
          ? "POPs have no keys: nothing is signed."
          : [
              `keys     ${signing.keys.join(", ")}`,
              `sign     ${signing.sign ?? "nothing yet"}`,
              `require  ${signing.require === true ? "yes: what is not signed is dropped" : "no"}`,
            ].join("\n"),
    };
  },
};

export const signingSet: Verb = {
  name: "signing set",
  summary: "have POPs sign SID lists, in the candidate",
  about:
    "What is not given stays as the candidate has it. The service makes the key of a number, and gives it to POPs alone. One " +
    "step a commit: keys, then sign, then require, and each when `srwan pops` says that all hold the one before. Nothing " +
    "changes in the WAN until `srwan commit`.",
  flags: [
    { name: "--keys", value: "numbers", about: "one, or two while keys change: 1,2" },
    { name: "--sign", value: "number", about: "which of them POPs sign with; none: they do not" },
    { name: "--require", value: "yes|no", about: "drop what is not signed", choices: ["yes", "no"] },
  ],
  examples: [
    { command: "srwan signing set --keys 1", about: "all get a key; nothing is signed yet" },
    { command: "srwan signing set --sign 1", about: "after its commit" },
    { command: "srwan signing set --require yes", about: "and after that one's" },
    { command: "srwan signing set --keys 1,2", about: "another key comes; then --sign 2; then --keys 2" },
  ],
  run: async (context, { flags }) => {
    const client = await clientOf(context);
    const { body, etag } = await client.call<WithSigning>("GET", CANDIDATE);
    const match = etag === undefined ? {} : { "if-match": etag };
    await client.call("PUT", `${CANDIDATE}/signing`, signingOf(flags, body.config.signing), match);
    return diffView(context, "candidate: signing is set");
  },
};

export const signingOff: Verb = {
  name: "signing off",
  summary: "take all keys away, in the candidate",
  about: "The last step of three: --require no, then --sign none, then this.",
  examples: [{ command: "srwan signing off", about: "then: srwan diff, srwan commit" }],
  run: async (context) => {
    await (await clientOf(context)).call("DELETE", `${CANDIDATE}/signing`);
    return diffView(context, "candidate: no keys");
  },
};

export function signingOf(flags: Input["flags"], before: Signing | undefined): Signing {
  const keys =
    typeof flags.keys === "string" ? flags.keys.split(",").map((one) => number("--keys", one)) : before?.keys;
  if (keys === undefined) {
    throw new SrwanError("USAGE", "--keys is missing: the candidate has none yet", { remedy: "Begin with --keys 1." });
  }
  const sign = typeof flags.sign === "string" ? flags.sign : before?.sign?.toString();
  const isRequired = typeof flags.require === "string" ? flags.require === "yes" : before?.require === true;
  return {
    keys,
    ...(sign === undefined || sign === "none" ? {} : { sign: number("--sign", sign) }),
    ...(isRequired ? { require: true } : {}),
  };
}

function number(flag: string, text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text.trim()) && Number(text) <= 4_294_967_295) return Number(text);
  throw new SrwanError("USAGE", `${flag} ${text} is no number of a key`, {
    remedy: "Give a whole number from 1 to 4294967295.",
  });
}
