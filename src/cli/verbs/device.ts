// `srwan device render|supports`: what a hardware router would be sent, and whether it could hold it, without one.

import { EXIT_CODES } from "../../base/errors.ts";
import type { Flag, Verb } from "../verb.ts";

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
  summary: "whether a family of routers can have what is asked, and why not",
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
