// `srwan qos register|buy|status|cancel|serve`: paid priority on a router.

import type { Flag, Verb } from "../verb.ts";
import { JOURNAL } from "./netconf.ts";
import { LOOK, SIGNED, SOMEBODY, WALLET } from "./wallet.ts";

const STORE: Flag = {
  name: "--store",
  value: "address",
  about: "file of the orders, or a database's URL (default settlement.db)",
};
const SERVICE: Flag = { name: "--service", about: "the orders of the topology service (service.url), not of a store" };
const PLATFORM: Flag = {
  name: "--platform",
  value: "family",
  about: "which family of routers",
  choices: ["iosxr", "iosxe", "junos"],
};
const key = (who: string, about: string): readonly Flag[] => [
  { name: `--${who}-keystore`, value: "file", about },
  { name: `--${who}-password-file`, value: "file", about: "its password, in a file that nobody else can read" },
];
const ROUTER = "--router-keystore r1.json --router-password-file r1.pw";
const ORDER = { name: "order", about: "its name, or a beginning of it" } as const;

export const qosRegister: Verb = {
  name: "qos register",
  summary: "make a router's key one's own on the chain",
  about:
    "By the provider, once for each router. What the router answers is sealed with this key, and money moves only by what it " +
    "sealed. The key itself signs that it is the provider's.",
  flags: [...key("router", "the router's encrypted key, as `srwan wallet create` makes one"), ...SIGNED],
  examples: [
    {
      command: `srwan qos register ${ROUTER} ${WALLET}`,
      about: "before the first order",
    },
  ],
  run: async (_context, input) => (await import("../qos/orders.ts")).qosRegister(input),
};

export const qosBuy: Verb = {
  name: "qos buy",
  summary: "order a priority queue on a router's interface",
  about:
    "Signed by you and kept for the provider's workers. They ask the router whether it can have it; only then is the price " +
    "bound in the escrow. What the router takes and validators read back is paid, but for what is held back until the end; " +
    "what it refuses, or does not answer in time, is refunded. If the queue goes early, the time that was not given goes " +
    "back out of what is held.",
  arguments: [{ name: "device", about: "the router, as its provider calls it" }],
  flags: [
    { name: "--interface", value: "name", about: "as the router writes it: HundredGigE0/0/0/0" },
    { name: "--dscp", value: "list", about: "packets with these: 46, or 34,46" },
    { name: "--rate", value: "rate", about: "before all else up to this: 100mbit" },
    { name: "--until", value: "time", about: "its end: 2h from now, or 2027-01-31T18:00Z" },
    { name: "--within", value: "time", about: "by when it must be configured (default 10m)" },
    { name: "--price", value: "coins", about: "for all of it" },
    { name: "--hold-back", value: "share", about: "of the price, what waits for the end (default 40%)" },
    { name: "--provider", value: "address", about: "who is paid" },
    { name: "--router-key", value: "address", about: "the router's key, as the provider registered it" },
    PLATFORM,
    STORE,
    SERVICE,
    ...SIGNED,
  ],
  examples: [
    {
      command:
        "srwan qos buy sea-r1 --platform iosxr --interface HundredGigE0/0/0/0 --dscp 46 --rate 100mbit --until 2h " +
        `--price 10 --provider ${SOMEBODY} --router-key 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC ${WALLET}`,
      about: "for two hours",
    },
  ],
  run: async (context, input) => (await import("../qos/orders.ts")).qosBuy(context, input),
};

export const qosStatus: Verb = {
  name: "qos status",
  summary: "where the money of orders is, and what comes next",
  about: "The chain says where the money is; the store, what is known of the routers.",
  arguments: [{ ...ORDER, optional: true }],
  flags: [{ name: "--all", about: "those that are over, too" }, STORE, SERVICE, ...LOOK],
  examples: [
    { command: "srwan qos status", about: "all that are open" },
    { command: "srwan qos status 0x3f6a -o json", about: "one, with the sealed outcome" },
    { command: "srwan qos status --service", about: "as the provider's service shows them" },
  ],
  run: async (context, input) => (await import("../qos/orders.ts")).qosStatus(context, input),
};

export const qosCancel: Verb = {
  name: "qos cancel",
  summary: "end an order early",
  about:
    "By its consumer. Before the router holds it everything goes back; later the time that was not given, as far as what is " +
    "held back reaches. Where the deadline and its grace have passed without an answer the money comes back at once, without " +
    "any worker.",
  arguments: [ORDER],
  flags: [STORE, SERVICE, ...SIGNED],
  examples: [{ command: `srwan qos cancel 0x3f6a ${WALLET}`, about: "no longer needed" }],
  run: async (context, input) => (await import("../qos/orders.ts")).qosCancel(context, input),
};

export const qosServe: Verb = {
  name: "qos serve",
  summary: "a worker that configures routers and moves money",
  about:
    "Any number may share a store; each order is one worker's at a time, and one that dies is followed by another. With a " +
    "router's key it configures the routers of the devices file; with a validator's key it signs what it read back itself; " +
    "without either it only pays. Its wallet pays for gas. It runs until Ctrl-C.",
  flags: [
    STORE,
    { name: "--every", value: "time", about: "how often to look (default 10s)" },
    { name: "--confirmations", value: "count", about: "blocks after which the chain is believed (default 6)" },
    { name: "--once", about: "one look, and no more" },
    ...key("router", "the key of the routers that are configured from here"),
    ...key("validator", "signs what this worker read back"),
    { name: "--devices", value: "file", about: "the devices file (default as for `srwan device`)" },
    PLATFORM,
    { name: "--unverified", about: "configure without waiting until it works" },
    { name: "--confirm-within", value: "time", about: "routers go back by themselves after this (default 2m)" },
    JOURNAL,
    ...SIGNED,
  ],
  examples: [
    {
      command: `srwan qos serve ${ROUTER} ${WALLET}`,
      about: "by the provider",
    },
    {
      command: `srwan qos serve --once ${WALLET}`,
      about: "one look, say by a timer",
    },
  ],
  run: async (context, input) => (await import("../qos/serve.ts")).qosServe(context, input),
};
