// `srwan device render|supports|list|diff|apply`: what a hardware router would be sent, whether it could hold it, and what
// one that is there holds.

import { EXIT_CODES } from "../../base/errors.ts";
import type { Flag, Verb } from "../verb.ts";
import { CONNECT, JOURNAL, SIGN } from "./netconf.ts";

const PLATFORMS = ["iosxr", "iosxe", "junos"];
const INTENT: Flag = {
  name: "--intent",
  value: "file",
  about: "what the router is to hold, as YAML or JSON; - reads stdin",
};
const PLATFORM: Flag = { name: "--platform", value: "family", about: "which family of routers", choices: PLATFORMS };

/** Loaded when a verb runs. */
async function load() {
  const [input, text, driver, examples, family, file, flags] = await Promise.all([
    import("../device/input.ts"),
    import("../device/text.ts"),
    import("../../netconf/devices/driver.ts"),
    import("../../netconf/devices/examples.ts"),
    import("../../netconf/devices/family.ts"),
    import("../../netconf/devices/intent-file.ts"),
    import("../flags.ts"),
  ]);
  return { ...input, ...text, ...driver, ...examples, ...family, ...file, ...flags };
}

export const deviceRender: Verb = {
  name: "device render",
  summary: "what a router would be sent for a file of intents",
  about:
    "As the edit of NETCONF (xml), as the requests of RESTCONF (json) or in the router's own words (cli). Nothing is sent. " +
    "An intent that the family cannot have refuses the whole file, with the reasons, before anything is printed.",
  flags: [
    PLATFORM,
    INTENT,
    { name: "--as", value: "form", about: "xml (as it is sent), json or cli", choices: ["xml", "json", "cli"] },
    { name: "--remove", about: "what would take it away again, last first" },
  ],
  examples: [
    { command: "srwan device render --platform iosxr --intent sea.yaml --as cli", about: "to read" },
    {
      command: "srwan device render --platform junos --intent sea.yaml --remove",
      about: "the edit that takes it back",
    },
  ],
  run: async (_context, { flags }) => {
    const l = await load();
    const driver = l.driverOf(l.platformFrom(flags.platform));
    const form = l.oneOf("--as", l.textOf(flags.as) ?? "xml", l.FORMS);
    return l.renderView(driver, l.intentsFrom(flags.intent), form, flags.remove === true);
  },
};

export const deviceSupports: Verb = {
  name: "device supports",
  summary: "what a family of routers can have, and why not",
  about:
    "Judged before anything is sent, and before money is put in escrow for it. Without a file, one intent of each sort is " +
    "judged; without a platform, all families are asked. Exits 1 when some intent of the file cannot be had.",
  flags: [PLATFORM, INTENT],
  examples: [
    { command: "srwan device supports", about: "the whole table" },
    { command: "srwan device supports --platform iosxe --intent sea.yaml", about: "of one file on one family" },
  ],
  run: async (_context, { flags }) => {
    const l = await load();
    const families = flags.platform === undefined ? l.FAMILIES : [l.platformFrom(flags.platform)];
    const asked = flags.intent === undefined ? undefined : l.intentsFrom(flags.intent);
    const judged = families.flatMap((platform) => {
      const driver = l.driverOf(platform);
      const all = asked
        ? asked.map((intent) => ({ what: l.keyOf(intent), intent }))
        : l.examplesOf(platform).map(({ about, intent }) => ({ what: about, intent }));
      return all.map(({ what, intent }) => ({ what, platform, title: driver.title, verdict: driver.supports(intent) }));
    });
    return l.supportsView(judged, asked ? EXIT_CODES.failed.code : EXIT_CODES.ok.code);
  },
};

const DEVICE = { name: "device", about: "a name of the devices file, or ssh://user@host:port" };
const FAMILY: Flag = {
  ...PLATFORM,
  about: "which family of routers (default: what the devices file says)",
};

export const deviceList: Verb = {
  name: "device list",
  summary: "what a router holds of ours",
  about: "Reads running and shows every intent that it holds, by our prefix of names.",
  arguments: [DEVICE],
  flags: [FAMILY, ...CONNECT],
  examples: [{ command: "srwan device list sea-r1", about: "a router of the devices file" }],
  run: async (context, input) => (await import("../device/live.ts")).listDevice(context, input),
};

export const deviceDiff: Verb = {
  name: "device diff",
  summary: "what a router lacks of a file of intents, or has beside",
  about: "Reads running; nothing is changed. Exits 1 when there is a difference.",
  arguments: [DEVICE],
  flags: [INTENT, FAMILY, ...CONNECT],
  examples: [{ command: "srwan device diff sea-r1 --intent sea.yaml", about: "has somebody touched it?" }],
  run: async (context, input) => (await import("../device/live.ts")).diffDevice(context, input),
};

export const deviceApply: Verb = {
  name: "device apply",
  summary: "make a router hold a file of intents, proved",
  about:
    "Asks what the router announces, sets all of the file or none, reads running back, looks whether it works, confirms, and " +
    "reads running again. The outcome is APPLIED, NOT_APPLIED or UNKNOWN, each for a reason that is named.",
  arguments: [DEVICE],
  flags: [
    INTENT,
    FAMILY,
    { name: "--remove", about: "take it away instead" },
    { name: "--unverified", about: "what is set need not work yet" },
    { name: "--confirm-within", value: "time", about: "the router goes back by itself after this (default 2m)" },
    {
      name: "--accept-risk",
      value: "risk",
      about: "foreign: overwrite what somebody else configured in the same place",
      choices: ["foreign"],
    },
    JOURNAL,
    SIGN,
    ...CONNECT,
  ],
  examples: [
    { command: "srwan device apply sea-r1 --intent sea.yaml", about: "all of it" },
    { command: "srwan device apply sea-r1 --intent gold.yaml --remove", about: "a queue whose time is over" },
  ],
  run: async (context, input) => (await import("../device/live.ts")).applyDevice(context, input),
};
