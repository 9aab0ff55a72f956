// `srwan bugreport`: one file for whoever is to find out what is wrong, without anything secret in it.

import type { Verb } from "../verb.ts";

export const bugreportVerb: Verb = {
  name: "bugreport",
  summary: "versions, settings, checks, state and events in one file",
  about:
    "Tokens, keys and passwords are taken out: by the name of a field, by their value where it is known, by their form where " +
    "it is not. Names, places and addresses of your WAN stay in: read it before you give it away. What cannot be had here " +
    "(no agent, no service) is named with the reason.",
  flags: [{ name: "--to", value: "file", about: "the file to make (default srwan-bugreport-TIME.json)" }],
  examples: [
    { command: "srwan bugreport", about: "on the service's machine, or on a POP" },
    { command: "srwan bugreport --to /tmp/report.json", about: "somewhere else" },
    { command: "srwan bugreport -o json | less", about: "look first, keep no file" },
  ],
  run: async (context, { flags }) => {
    const { gather } = await import("../report/gather.ts");
    context.progress("asking the machine, the agent and the service");
    const report = await gather(context);
    if (typeof flags.to !== "string" && context.format !== "table" && context.format !== "wide")
      return { data: report, text: () => "" };
    const { writeFileSync } = await import("node:fs");
    const { SrwanError } = await import("../../base/errors.ts");
    const stamp = String(report.madeAt).replaceAll(/[-:]|\.\d+Z$/g, "");
    const file = typeof flags.to === "string" ? flags.to : `srwan-bugreport-${stamp}.json`;
    try {
      writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
    } catch (thrown) {
      throw new SrwanError("FILE_UNUSABLE", `${file}: ${(thrown as Error).message}`, {
        remedy: "Give a path that can be written: --to FILE.",
        cause: thrown,
      });
    }
    return { data: { file }, text: () => `${file} is written. Read it before you give it away.` };
  },
};
