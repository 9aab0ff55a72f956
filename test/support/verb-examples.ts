// The examples in the help of every verb: who runs them, what they need around them, and which cannot be run here.

import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ShownFile, shownFiles } from "./console.ts";
import type { StandIns } from "./standins.ts";
import { EXAMPLE_FILES } from "./verb-example-files.ts";

/** Verbs with the test that runs their examples, or plays the same. */
export const EXAMPLES_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ...["paths", "simulate", "journal replay", "plan coverage"].map((verb) => [verb, "src/cli/offline.test.ts"] as const),
  ["ping", "test/agent/oam.test.ts"],
  ["trace", "test/agent/oam.test.ts"],
  ["lab run", "test/lab/pages.test.ts"],
  ["lab demo", "test/demo/demo.test.ts"],
]);

/** What no test here can have; each lets so many examples go unrun, and no more. */
export const EXAMPLES_CANNOT: Readonly<Record<string, readonly string[]>> = {
  "needs a router": [
    "srwan device apply sea-r1 --intent sea.yaml",
    "srwan device apply sea-r1 --intent gold.yaml --remove",
  ],
  "waits for a packet on a wire": ["tcpdump -c 1 -i seg0 -w - | srwan srh decode -"],
};

/** Verbs that share a folder, in an order in which their examples make sense. */
export type Scene = {
  readonly name: string;
  readonly verbs: readonly string[];
  readonly files?: (world: StandIns) => readonly ShownFile[] | Promise<readonly ShownFile[]>;
  /** What a reader has done before a command. */
  readonly before?: Readonly<Record<string, readonly string[]>>;
  /** What goes on beside a verb's examples. */
  readonly beside?: Readonly<Record<string, string>>;
  /** How a command ends that does not exit with 0: what the verb found, or what it is refused with. */
  readonly ends?: Readonly<Record<string, number | string>>;
  /** So many seconds of the chain's time pass before it; or until wallets can be named for a round that has passed whole. */
  readonly later?: Readonly<Record<string, number | "naming">>;
  /** Asked at the end, for their documents. */
  readonly also?: readonly string[];
};

const INTENTS = shownFiles(readFileSync("docs/how-to/prepare-a-router.md", "utf8"));
const written = (...names: (keyof typeof EXAMPLE_FILES)[]): ShownFile[] =>
  names.map((name) => ({ name, text: EXAMPLE_FILES[name] }));
const QUOTE = 'cp "$(ls -t srwan-quotes/*.json | tail -n 1)" sea-fra.json';
const MONEY = "--keystore me.json --password-file me.pw";
const HOUR = 3_600;

export const SCENES: readonly Scene[] = [
  {
    name: "this machine",
    verbs: ["doctor", "config show", "completion", "help", "bugreport", "sid next", "sid show", "sid retire", "encode"],
    // What this machine lacks is no fault of the example.
    also: ["srwan completion bash -o json"],
    ends: { "srwan doctor": 1, "srwan doctor -o json": 1, "unshare -Urnm srwan doctor": 1 },
  },
  { name: "packets", verbs: ["srh decode"], files: () => written("seen.pcap") },
  {
    name: "a kernel",
    verbs: ["route plan", "route apply", "route show", "route watch", "doctor edge", "route flush"],
    files: () => written("pop.yaml"),
    before: {
      "srwan route plan --desired pop.yaml": [
        "ip link add seg-a type veth peer name seg-b && ip link set seg-a up && ip address add 2001:db8:f::1/64 dev seg-a nodad " +
          "&& ip -6 route add fcbb:bb00::/32 via 2001:db8:f::2",
      ],
      "srwan route apply --desired pop.yaml --netns sea": [
        "ip netns add sea && ip -n sea link set lo up && ip -n sea link add seg-a type veth peer name seg-b " +
          "&& ip -n sea link set seg-a up && ip -n sea address add 2001:db8:f::1/64 dev seg-a nodad " +
          "&& ip -n sea -6 route add fcbb:bb00::/32 via 2001:db8:f::2",
      ],
    },
    also: [
      "srwan route plan --desired pop.yaml -o json",
      "srwan route apply --desired pop.yaml -o json",
      "srwan route watch --desired pop.yaml -o json",
      "srwan route flush -o json",
    ],
  },
  {
    name: "a lab",
    verbs: ["lab graph", "lab up", "lab inspect", "lab exec", "lab impair", "lab down"],
    files: () => written("wan.clab.yml"),
    also: [
      "srwan lab graph wan.clab.yml -o json",
      "srwan lab impair wan a:eth1 --delay 5ms -o json",
      "srwan lab inspect -o json",
      "srwan lab up wan.clab.yml --reconfigure -o json",
      "srwan lab down wan -o json",
    ],
  },
  {
    name: "pulses",
    verbs: ["pulse send", "pulse reflect", "pulse join", "matrix"],
    files: () => [
      ...written("core.yaml", "pulse.key"),
      { name: "/etc/srwan/core.yaml", text: EXAMPLE_FILES["alone.yaml"] },
    ],
    beside: { matrix: "srwan pulse join core.yaml --as sea" },
    also: [
      "srwan pulse reflect --listen 127.0.0.1 --port 0 -o json",
      "srwan pulse join core.yaml --as sea --fast chi,lon -o json",
    ],
  },
  {
    name: "a router",
    verbs: [
      ...["device render", "device supports", "device list", "device diff", "device apply"],
      ...["netconf capabilities", "netconf get", "netconf get-config", "netconf edit", "netconf commit", "netconf rpc"],
      ...["netconf watch", "netconf reconcile"],
    ],
    files: () => [
      ...INTENTS,
      ...written("junos.yaml", "interfaces.xml", "locators.xml", "locator.xml", "get-schema.xml"),
      { name: "loc.xml", text: EXAMPLE_FILES["locator.xml"] },
      {
        name: "proxy.pem",
        text: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }) as string,
      },
    ],
    before: {
      // Another family, another file.
      "srwan device render --platform junos --intent sea.yaml --remove": [
        "cp sea.yaml iosxr.yaml && cp junos.yaml sea.yaml",
      ],
      "srwan device supports": ["cp iosxr.yaml sea.yaml"],
      "srwan netconf commit sea-r1 --persist-id tonight --cancel": [
        "srwan netconf commit sea-r1 --confirm-within 2m --persist tonight",
      ],
    },
    // The router holds none of it.
    ends: {
      "srwan device diff sea-r1 --intent sea.yaml": 1,
      "srwan device supports --platform iosxe --intent sea.yaml": 1,
    },
  },
  {
    name: "services",
    verbs: ["controller", "agent join", "agent run", "agent status", "agent diff"],
    files: async (world) => [
      ...written("p.yaml"),
      { name: "/etc/srwan/agent.yaml", text: "record: ./p.yaml\n" },
      { name: "t", text: await world.joinToken() },
    ],
    before: { "SRWAN_STATE=/tmp/sea srwan agent run": ["cp -r ../joined sea"] },
  },
  {
    name: "a WAN",
    verbs: [
      ...[
        "token create",
        "token list",
        "token revoke",
        "status",
        "conditions",
        "pops",
        "segments",
        "policy list",
        "explain",
        "top",
        "policy set",
      ],
      ...["diff", "commit", "confirm", "rollback", "commits", "events", "journal show", "coins", "quarantine list"],
      ...["quarantine release", "signing show", "signing set", "signing off", "policy delete", "pop remove", "backup"],
    ],
    // It shows until it is told to end; and pages before this one left what is not as it should be.
    ends: { "srwan top --watch": 143, "srwan conditions": 1, "srwan conditions -o json": 1 },
    before: {
      "srwan signing set --sign 1": ["srwan commit"],
      "srwan signing set --require yes": ["srwan commit"],
      "srwan signing set --keys 1,2": ["srwan commit"],
      "srwan signing off": ["srwan commit"],
      "srwan diff --from 12 --to running": ['srwan commit --why "gold"'],
      'srwan commit --why "gold over Chicago, ticket 812"': ["srwan policy set gold --max-delay 130ms"],
      "srwan commit --confirmed 5m": ["srwan policy set gold --max-delay 140ms"],
      "srwan quarantine release sea": [
        `curl -sf -X PUT -H "Authorization: Bearer $TOKEN" -H "content-type: application/json" ` +
          `-d '{"why":"its clock is wrong"}' $URL/api/v1/quarantine/sea`,
      ],
    },
  },
  {
    name: "a chain",
    verbs: ["chain up", "chain deploy", "chain status"],
    files: ({ folder }) => [
      { name: "k.json", text: readFileSync(join(folder, "me.json"), "utf8") },
      { name: "pw", text: readFileSync(join(folder, "me.pw"), "utf8") },
    ],
    before: {
      "srwan chain deploy": ["rm srwan-chain.json"],
      "srwan chain deploy --epoch 1m --round 10m": ["rm srwan-chain.json"],
      "srwan chain deploy --url https://rpc.test --keystore k.json --password-file pw": [
        "chmod 600 pw && rm srwan-chain.json",
      ],
    },
    also: ["srwan chain up --port 0 -o json"],
  },
  {
    name: "coins",
    verbs: [
      ...["wallet show", "wallet balance", "wallet transfer", "escrow deposit", "escrow withdraw", "escrow status"],
      ...["escrow register", "market quote", "market list", "market buy", "market pay", "market cancel", "vote"],
      ...["dividends list", "dividends name", "dividends claim", "wallet create"],
    ],
    before: {
      "srwan dividends list --keystore me.json": [`srwan vote self ${MONEY}`],
      [`srwan market buy sea-fra.json --gb 500 --most 0.02 ${MONEY}`]: [QUOTE, `srwan escrow deposit 50 ${MONEY}`],
      [`srwan market cancel sea-fra.json ${MONEY}`]: [
        `rm -r srwan-quotes && srwan market quote sea-fra --price 0.02 --from 2h --until 8h ${MONEY}`,
        QUOTE,
      ],
    },
    ends: {
      [`srwan escrow withdraw --earned ${MONEY}`]: "there is nothing to move",
    },
    later: {
      [`srwan dividends name self ${MONEY}`]: "naming",
      [`srwan escrow withdraw ${MONEY}`]: 7 * HOUR,
      [`srwan market pay sea-fra.json ${MONEY}`]: 12 * HOUR,
    },
  },
  {
    name: "priority",
    verbs: ["qos register", "qos buy", "qos status", "qos serve", "qos cancel"],
    before: {
      [`srwan qos register --router-keystore r1.json --router-password-file r1.pw ${MONEY}`]: [
        "( umask 077; echo a word of r1 > r1.pw )",
        "srwan wallet create --keystore r1.json --password-file r1.pw",
        `srwan escrow deposit 100 ${MONEY}`,
      ],
    },
  },
  { name: "a validator", verbs: ["settle submit", "validator"] },
  {
    name: "a settlement",
    verbs: ["tickets", "settle simulate", "settle audit", "meter"],
    files: async (world) => {
      const text = await world.settlement();
      return [
        ...written("meter.yaml"),
        ...["settlement.db", "var/lib/srwan/validator/settlement.db"].map((name) => ({ name, text })),
      ];
    },
    // No chain has what the store says was settled.
    ends: { "srwan settle audit --store ./settlement.db": 1 },
    also: ["srwan meter meter.yaml --keystore op.json --password-file op.pw --once -o json"],
  },
];
