// `srwan tickets`, `srwan settle …`, `srwan meter`: what was relayed, what it comes to, and whether the chain says the same.

import { EXIT_CODES } from "../../base/errors.ts";
import type { Flag, Verb } from "../verb.ts";

const STORE: Flag = { name: "--store", value: "address", about: "of the validator: postgres://…, or a file" };
const EPOCH: Flag = { name: "--epoch", value: "number", about: "which one (default the last with tickets)" };
const DEPLOYMENT: Flag = {
  name: "--deployment",
  value: "file",
  about: "where the contracts stand (default srwan-chain.json)",
};
const URL: Flag = { name: "--url", value: "url", about: "JSON-RPC of the chain (default http://127.0.0.1:8545)" };

/** Loaded when a verb runs. */
const load = () => import("../settle/load.ts");

export const ticketsVerb: Verb = {
  name: "tickets",
  summary: "tickets that a validator holds, by path and provider",
  about:
    "What each provider's tickets of an epoch add on each path. With --verify every signature is checked again; exits 1 where " +
    "one is wrong.",
  role: "validator",
  flags: [STORE, EPOCH, DEPLOYMENT, { name: "--verify", about: "check every signature again" }],
  examples: [
    { command: "srwan tickets --store ./settlement.db", about: "of the last epoch that has any" },
    { command: "srwan tickets --epoch 490123 --verify -o json", about: "for a program, each checked" },
  ],
  run: async (context, input) => {
    const { readSettle, listTickets, ticketsText } = await load();
    const answer = await listTickets(readSettle(context, input), input.flags.verify === true, await context.log());
    return {
      data: answer,
      text: (wide, screen) => ticketsText(answer, wide, screen),
      exitCode: (answer.wrong > 0 ? EXIT_CODES.failed : EXIT_CODES.ok).code,
    };
  },
};

export const settleSimulate: Verb = {
  name: "settle simulate",
  summary: "what an epoch would come to, from what is kept now",
  about:
    "Reckons as a batch would be reckoned and keeps nothing: amounts, fees and disputes. The chain is not asked who can pay.",
  role: "validator",
  flags: [STORE, EPOCH, DEPLOYMENT],
  examples: [{ command: "srwan settle simulate --store ./settlement.db", about: "the last epoch with tickets" }],
  run: async (context, input) => {
    const { readSettle, simulate, simulateText } = await load();
    const answer = await simulate(readSettle(context, input), await context.log());
    return { data: answer, text: (wide, screen) => simulateText(answer, wide, screen) };
  },
};

export const settleSubmit: Verb = {
  name: "settle submit",
  summary: "one turn of a worker now: make, sign and bring what is due",
  about:
    "What `srwan validator` does every second, once; several turns bring an epoch to its end. Safe beside running workers.",
  role: "validator",
  flags: [
    STORE,
    DEPLOYMENT,
    URL,
    { name: "--keystore", value: "file", about: "the encrypted key that signs" },
    { name: "--password-file", value: "file", about: "its password, in a file that nobody else can read" },
    { name: "--peers", value: "urls", about: "the other validators, with commas between" },
  ],
  examples: [
    { command: "srwan settle submit --keystore v1.json --password-file v1.pw", about: "and see how it stands" },
  ],
  run: async (context, input) => {
    const { readSettle, submit, statusText } = await load();
    const answer = await submit(readSettle(context, input), await context.log());
    return { data: answer, text: () => statusText(answer) };
  },
};

export const settleAudit: Verb = {
  name: "settle audit",
  summary: "whether the chain holds what the evidence comes to",
  about:
    "Every settled epoch is reckoned again from signed evidence, at the block that its batch names, and compared with what the " +
    "store and the chain hold. Exits 1 at a difference.",
  role: "validator",
  flags: [STORE, DEPLOYMENT, URL],
  examples: [{ command: "srwan settle audit --store ./settlement.db", about: "every epoch in the store" }],
  run: async (context, input) => {
    const { readSettle, audit, auditText } = await load();
    const answer = await audit(readSettle(context, input), await context.log());
    return {
      data: answer,
      text: (wide, screen) => auditText(answer, wide, screen),
      exitCode: (answer.epochs.every(({ finding }) => finding === "as the evidence says")
        ? EXIT_CODES.ok
        : EXIT_CODES.failed
      ).code,
    };
  },
};

export const meterVerb: Verb = {
  name: "meter",
  summary: "sign what this POP's counters say, for the validators",
  about:
    "Reads counters of interfaces and of the agent, signs link reports and tickets with the operator's key, and sends them to " +
    "every validator until each has them. The agent never holds a key of money. Stops on Ctrl-C or SIGTERM.",
  arguments: [{ name: "file", about: "which counters stand for which link and path (schema srwan.meter/1)" }],
  flags: [
    DEPLOYMENT,
    { name: "--keystore", value: "file", about: "the operator's encrypted key" },
    { name: "--password-file", value: "file", about: "its password, in a file that nobody else can read" },
    { name: "--agent", value: "socket", about: "the agent's control socket (default /var/lib/srwan/agent/agent.sock)" },
    { name: "--state", value: "file", about: "what was signed last, and what waits (default srwan-meter.json)" },
    { name: "--once", about: "one turn, then end" },
  ],
  examples: [{ command: "srwan meter meter.yaml --keystore op.json --password-file op.pw", about: "beside the agent" }],
  run: async (context, input) => {
    const { readMeter, runMeter } = await load();
    const left = await runMeter(readMeter(input), await context.log());
    return {
      data: { waiting: left },
      text: () =>
        left === 0 ? "Every validator has everything." : `${left} ${left === 1 ? "waits" : "wait"} to be sent.`,
    };
  },
};
