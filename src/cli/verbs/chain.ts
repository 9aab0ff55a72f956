// `srwan chain up|deploy|status`: a chain for labs, the contracts on it or on any other, and whether they stand.

import { EXIT_CODES } from "../../base/errors.ts";
import type { Flag, Verb } from "../verb.ts";

export const URL: Flag = {
  name: "--url",
  value: "url",
  about: "JSON-RPC of the chain (default http://127.0.0.1:8545)",
};
export const DEPLOYMENT: Flag = {
  name: "--deployment",
  value: "file",
  about: "where the contracts stand (default srwan-chain.json)",
};

/** Loaded when a verb runs. */
const load = () => import("../chain/load.ts");

export const chainUp: Verb = {
  name: "chain up",
  summary: "run a chain of one's own on this machine until Ctrl-C",
  about:
    "Anvil on loopback, with the limits of live chains. The keys of its accounts are public knowledge: it is for labs and " +
    "tests, and nothing on it is worth anything. It runs in the foreground and ends with this command.",
  flags: [
    { name: "--port", value: "port", about: "listen on this port (default 8545; 0 takes a free one)" },
    {
      name: "--state",
      value: "file",
      about: "load the chain from this file where it is there, and write it at the end",
    },
    { name: "--block-time", value: "time", about: "a block every so often; without it, one a transaction" },
  ],
  examples: [
    { command: "srwan chain up", about: "in a terminal of its own" },
    { command: "srwan chain up --state lab.chain.json", about: "a chain that is still there tomorrow" },
  ],
  run: async (context, input) => {
    const { readUp, runChain } = await load();
    const { url, chainId } = await runChain(readUp(input), await context.log());
    return { data: { url, chainId }, text: () => "The chain is down." };
  },
};

export const chainDeploy: Verb = {
  name: "chain deploy",
  summary: "put the contracts on a chain and write down where they stand",
  about:
    "All of them, made for each other; nobody owns them, and nothing about them can be changed later. Without a keystore the " +
    "chain's own first account pays, which only a chain for development has. The coins are then that account's, but for the " +
    "subsidy, which time alone lets out.",
  flags: [
    URL,
    DEPLOYMENT,
    { name: "--replace", about: "write over a deployment file that is there" },
    { name: "--keystore", value: "file", about: "the encrypted key that deploys" },
    { name: "--password-file", value: "file", about: "its password, in a file that nobody else can read" },
    { name: "--epoch", value: "time", about: "length of an epoch (default 1h)" },
    { name: "--grace", value: "time", about: "for outcomes to reach the chain (default 1h)" },
    { name: "--round", value: "time", about: "length of a round of dividends (default 7d)" },
    { name: "--fee", value: "share", about: "of a payment, at most (default 1%)" },
  ],
  examples: [
    { command: "srwan chain deploy", about: "on the chain of `srwan chain up`" },
    { command: "srwan chain deploy --epoch 1m --round 10m", about: "for a lab in a hurry" },
    {
      command: "srwan chain deploy --url https://rpc.test --keystore k.json --password-file pw",
      about: "elsewhere",
    },
  ],
  run: async (_context, input) => {
    const { readDeploy, deployTo, deployedText } = await load();
    const { deployment, file } = await deployTo(readDeploy(input));
    return { data: { file, ...deployment }, text: (wide, screen) => deployedText(deployment, file, wide, screen) };
  },
};

export const chainStatus: Verb = {
  name: "chain status",
  summary: "whether the contracts stand as deployed, and what they hold",
  about: "Compares the code at each address with what was deployed. Exits 1 when something is not as the file says.",
  flags: [URL, DEPLOYMENT],
  examples: [
    { command: "srwan chain status", about: "of the lab's chain" },
    { command: "srwan chain status --url https://rpc.example.net -o json", about: "of another, for a program" },
  ],
  run: async (_context, input) => {
    const { readWhere, statusOf, statusText } = await load();
    const status = await statusOf(readWhere(input));
    return {
      data: status,
      text: (wide, screen) => statusText(status, wide, screen),
      exitCode: status.money === undefined ? EXIT_CODES.failed.code : EXIT_CODES.ok.code,
    };
  },
};
