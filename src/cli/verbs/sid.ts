// `srwan sid show|next|retire`: who has which SID, and what a SID says.

import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Grant, Ledger, Purpose } from "../../srv6/locator-plan.ts";
import { table } from "../output.ts";
import type { Flag, Input, Verb, View } from "../verb.ts";

const LEDGER: Flag = { name: "--ledger", value: "file", about: "the file that says who has which SID" };
const STRUCTURE: Flag = {
  name: "--structure",
  value: "b/n/f",
  about: "lengths of block, node and function in bits (the ledger's, else 32/16/16)",
};
const BLOCK: Flag = { name: "--block", value: "prefix", about: "begin a ledger for this block where there is none" };

const FOR = ["transit", "tenant", "policy"] as const satisfies readonly Purpose[];

/** Loaded when a verb runs. */
async function load() {
  const [address, clock, file, ledger, facts, plan, sid] = await Promise.all([
    import("../../srv6/address.ts"),
    import("../../base/clock.ts"),
    import("../../base/file.ts"),
    import("../../srv6/ledger-text.ts"),
    import("../../srv6/sid-facts.ts"),
    import("../../srv6/locator-plan.ts"),
    import("../../srv6/sid.ts"),
  ]);
  return { ...address, ...clock, ...file, ...ledger, ...facts, ...plan, ...sid };
}

type Loaded = Awaited<ReturnType<typeof load>>;

export const sidShow: Verb = {
  name: "sid show",
  summary: "what a SID says, or who has which",
  about:
    "With a SID: its block, node, function, argument and locator, and what the ledger knows of it. Without: the ledger, " +
    "one grant a row.",
  arguments: [{ name: "sid", about: "an IPv6 address", optional: true }],
  flags: [LEDGER, STRUCTURE],
  examples: [
    { command: "srwan sid show fcbb:bb00:1:d000::", about: "its parts, by 32/16/16" },
    { command: "srwan sid show fcbb:bb00:1:d000:: --ledger sids.yaml", about: "and whose it is" },
    { command: "srwan sid show --ledger sids.yaml", about: "everybody's" },
  ],
  run: async (_context, { arguments: [text], flags }) => {
    const l = await load();
    const ledger = typeof flags.ledger === "string" ? readLedgerFile(l, flags.ledger) : undefined;
    if (text === undefined) {
      if (!ledger) throw usage("neither a SID nor --ledger", "Name a SID, or a ledger to list: --ledger FILE.");
      return grantsView(l, ledger.grants);
    }
    const given = typeof flags.structure === "string" ? l.parseStructure(flags.structure) : undefined;
    return sidView(l, l.sidFacts(l.parseSid(text), given ?? ledger?.structure ?? l.DEFAULT_STRUCTURE, ledger));
  },
};

function readLedgerFile(l: Loaded, path: string): Ledger {
  return l.parseLedger(l.readFile(path, LIMITS.ledgerFileMaxOctets).toString("utf8"), path);
}

function sidView(l: Loaded, facts: ReturnType<Loaded["sidFacts"]>): View {
  const hex = (value: bigint): string => `0x${value.toString(16)}`;
  const rows: readonly (readonly [string, string])[] = [
    ["sid", l.formatIpv6(facts.sid)],
    ["structure", l.structureText(facts.structure)],
    ["block", l.formatPrefix(facts.block)],
    ["node", hex(facts.parts.node)],
    ["function", hex(facts.parts.function)],
    ["argument", hex(facts.parts.argument)],
    ["locator", l.formatPrefix(facts.locator)],
    ["ledger", facts.ledger ? l.ledgerSentence(facts.ledger) : "none was named"],
  ];
  return {
    data: l.sidDocument(facts),
    text: (wide, screen) =>
      table(
        rows,
        [
          { title: "PART", cell: ([name]) => name },
          { title: "VALUE", cell: ([, value]) => value },
        ],
        wide,
        screen,
      ),
  };
}

function grantView(l: Loaded, grant: Grant, state = stateOf(grant)): View {
  return { ...grantsView(l, [grant], () => state), data: { ...l.grantDocument(grant), state } };
}

function grantsView(l: Loaded, grants: readonly Grant[], state = stateOf): View {
  return {
    data: grants.map(l.grantDocument),
    text: (wide, screen) =>
      grants.length === 0
        ? "Nothing is granted yet."
        : table(
            grants,
            [
              { title: "POP", cell: (grant) => grant.pop },
              { title: "FOR", cell: (grant) => grant.purpose },
              { title: "NAME", cell: (grant) => (grant.purpose === "locator" ? "-" : grant.name) },
              { title: "SID", cell: (grant) => l.formatIpv6(grant.sid) },
              {
                title: "STATE",
                cell: state,
                paint: (grant) => (grant.retired ? "dim" : state(grant) === "new" ? "good" : undefined),
              },
            ],
            wide,
            screen,
          ),
  };
}

const stateOf = (grant: Grant): string => (grant.retired ? "retired" : "in use");

export const sidNext: Verb = {
  name: "sid next",
  summary: "grant the next free SID, or give the one that is held",
  about:
    "A POP alone gets its locator; with a purpose and a name it gets a SID inside that locator. Asking again gives the same. " +
    "What was granted once is never granted to another, not even after it was retired. Several may ask at once.",
  arguments: [
    { name: "pop", about: "the POP's name" },
    {
      name: "purpose",
      about: "transit (End.X), tenant (End.DT) or policy (binding SID)",
      optional: true,
      choices: FOR,
    },
    { name: "name", about: "the transit's, tenant's or policy's name", optional: true },
  ],
  flags: [LEDGER, BLOCK, STRUCTURE],
  examples: [
    { command: "srwan sid next sea --ledger sids.yaml --block fcbb:bb00::/32", about: "a ledger and its first POP" },
    { command: "srwan sid next sea tenant acme --ledger sids.yaml", about: "an End.DT SID at sea" },
    { command: "srwan sid next sea policy sea-fra --ledger sids.yaml -o json", about: "a binding SID, for a program" },
  ],
  run: async (_context, input) => {
    const l = await load();
    const [pop = "", purpose, name] = input.arguments;
    if (purpose !== undefined && name === undefined) throw usage(`${purpose}: its name is missing`, "Add the name.");
    return change(l, input, (ledger) => {
      const after =
        purpose === undefined || name === undefined
          ? l.grantLocator(ledger, pop)
          : l.grantSid(ledger, pop, purpose as Purpose, name);
      return { ...after, view: grantView(l, after.grant, after.ledger === ledger ? "in use" : "new") };
    });
  },
};

export const sidRetire: Verb = {
  name: "sid retire",
  summary: "end a grant; nobody gets that SID again",
  about: "The SID stays in the ledger as retired, so that a packet still sent to it can reach nobody else.",
  arguments: [{ name: "sid", about: "the SID whose grant ends" }],
  flags: [LEDGER],
  examples: [{ command: "srwan sid retire fcbb:bb00:1:d000:: --ledger sids.yaml", about: "a tenant has left" }],
  run: async (_context, input) => {
    const l = await load();
    const sid = l.parseSid(input.arguments[0] ?? "");
    return change(l, input, (before) => {
      const ledger = l.retire(before, sid);
      const [grant] = ledger.grants.filter((one) => one.sid === sid) as [Grant];
      return { ledger, view: grantView(l, grant) };
    });
  },
};

/** Reads, changes and writes the ledger while no other process does. */
async function change(
  l: Loaded,
  { flags }: Input,
  work: (ledger: Ledger) => { readonly ledger: Ledger; readonly view: View },
): Promise<View> {
  const path = flags.ledger;
  if (typeof path !== "string") throw usage("--ledger is missing", "Name the file that says who has which SID.");
  return l.changeFile(path, LIMITS.ledgerFileMaxOctets, new l.RealClock(), (text) => {
    const before = text === undefined ? begin(l, path, flags) : same(l, l.parseLedger(text, path), path, flags);
    const { ledger, view } = work(before);
    return { text: text !== undefined && ledger === before ? text : l.ledgerText(ledger), result: view };
  });
}

function begin(l: Loaded, path: string, flags: Input["flags"]): Ledger {
  if (typeof flags.block !== "string") {
    throw usage(`${path} does not exist`, "Begin it: add --block PREFIX, the prefix all SIDs are taken from.");
  }
  const block = l.parsePrefix(flags.block);
  if (typeof flags.structure === "string") return l.newLedger(block, l.parseStructure(flags.structure));
  return l.newLedger(block, { ...l.DEFAULT_STRUCTURE, blockBits: block.length });
}

/** A flag that only a new ledger needs must not say otherwise than the one that is there. */
function same(l: Loaded, ledger: Ledger, path: string, flags: Input["flags"]): Ledger {
  const has = { block: l.formatPrefix(ledger.block), structure: l.structureText(ledger.structure) };
  const says = {
    block: typeof flags.block === "string" ? l.formatPrefix(l.parsePrefix(flags.block)) : has.block,
    structure: typeof flags.structure === "string" ? l.structureText(l.parseStructure(flags.structure)) : has.structure,
  };
  for (const part of ["block", "structure"] as const) {
    if (says[part] !== has[part]) {
      throw usage(
        `--${part} ${says[part]}: ${path} has the ${part} ${has[part]}`,
        "Leave the flag out, or name another file.",
      );
    }
  }
  return ledger;
}

const usage = (message: string, remedy: string): SrwanError => new SrwanError("USAGE", message, { remedy });
