// Who has which SID: a ledger of grants out of the operator's block. What was granted once is never granted to another,
// not even after it was retired, so that a packet sent to an old SID can reach nobody else. Pure; the ledger is a value.

import { type Static, Type } from "typebox";
import { Errors } from "typebox/value";
import { SrwanError } from "../base/errors.ts";
import { covers, formatIpv6, formatPrefix, hostPrefix, type Prefix, parsePrefix } from "./address.ts";
import { checkStructure, composeSid, locatorOf, parseSid, type Sid, type SidStructure, splitSid } from "./sid.ts";

export const PURPOSES = ["transit", "tenant", "policy"] as const;
export type Purpose = (typeof PURPOSES)[number];

/**
 * The first four bits of a function say what it is for, so that a SID can be read at sight: b is a policy's binding SID,
 * d a tenant's End.DT, e a transit's End.X. Zero is the POP's own End.
 */
const FIRST_DIGIT: Readonly<Record<Purpose, bigint>> = { policy: 0xbn, tenant: 0xdn, transit: 0xen };

export type Grant = {
  readonly pop: string;
  /** A POP's locator has no purpose beyond itself. */
  readonly purpose: Purpose | "locator";
  readonly name: string;
  readonly sid: Sid;
  readonly retired: boolean;
};

export type Ledger = { readonly block: Prefix; readonly structure: SidStructure; readonly grants: readonly Grant[] };

const closed = { additionalProperties: false } as const;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const name = (description: string) => Type.String({ pattern: NAME.source, description });
const bits = (description: string) => Type.Integer({ minimum: 1, maximum: 120, description });

/** The ledger as a file. */
export const LedgerFile = Type.Object(
  {
    version: Type.Literal(1, { description: "The version of this format: 1." }),
    block: Type.String({ description: "The prefix that all SIDs are taken from." }),
    structure: Type.Object(
      {
        blockBits: bits("Length of the block."),
        nodeBits: bits("Length of the node, which is a POP's."),
        functionBits: bits("Length of the function; its first four bits say the purpose."),
      },
      { ...closed, description: "How a SID is made up, in bits; the rest of it is the argument." },
    ),
    grants: Type.Array(
      Type.Object(
        {
          sid: Type.String({ description: "Granted to this owner alone, for ever." }),
          pop: name("The POP whose locator it lies in."),
          for: Type.Union([Type.Literal("locator"), ...PURPOSES.map((purpose) => Type.Literal(purpose))], {
            description: "What the SID is for.",
          }),
          name: Type.Optional(name("The transit's, tenant's or policy's name.")),
          retired: Type.Optional(Type.Boolean({ description: "In use no more, and never granted again (false)." })),
        },
        closed,
      ),
      { maxItems: 1_000_000, description: "In the order they were made." },
    ),
  },
  { ...closed, title: "srwan SID ledger" },
);

export function newLedger(block: Prefix, structure: SidStructure): Ledger {
  checkStructure(structure);
  if (block.family !== 6 || block.length !== structure.blockBits) {
    throw invalid(
      `block ${formatPrefix(block)} does not fit a structure with a block of ${structure.blockBits} bits`,
      `Give an IPv6 prefix of length ${structure.blockBits}, or another structure.`,
    );
  }
  if (structure.functionBits < 8) {
    throw invalid(
      `functions of ${structure.functionBits} bits`,
      "Give functions at least 8 bits: four say the purpose.",
    );
  }
  return { block, structure, grants: [] };
}

/** The grant for this owner: the one it has, or the next that nobody ever had. */
export function grantLocator(ledger: Ledger, pop: string): { readonly ledger: Ledger; readonly grant: Grant } {
  const held = ledger.grants.find((grant) => grant.purpose === "locator" && grant.pop === pop && !grant.retired);
  if (held) return { ledger, grant: held };
  const { structure, block } = ledger;
  const node = next(ledger.grants.map((grant) => splitSid(grant.sid, structure).node));
  if (node >= nodeEnd(structure)) throw exhausted(`block ${formatPrefix(block)} has no node left`);
  const parts = { block: block.address >> BigInt(128 - structure.blockBits), node, function: 0n, argument: 0n };
  return granted(ledger, { pop, purpose: "locator", name: pop, sid: composeSid(parts, structure), retired: false });
}

/** In a carrier a node may follow where a function could: of one length, the two are out of separate ranges (compress.ts). */
const nodeEnd = ({ nodeBits, functionBits }: SidStructure): bigint =>
  nodeBits === functionBits ? FIRST_DIGIT.policy << BigInt(nodeBits - 4) : 1n << BigInt(nodeBits);

export type Wanted = { readonly pop: string; readonly purpose: Purpose; readonly name: string };

export function grantSid(
  ledger: Ledger,
  pop: string,
  purpose: Purpose,
  name: string,
): { readonly ledger: Ledger; readonly grant: Grant } {
  const held = heldBy(ledger.grants).get(ownerOf({ pop, purpose, name }));
  if (held) return { ledger, grant: held };
  const after = grantSids(ledger, [{ pop, purpose, name }]);
  return { ledger: after, grant: after.grants.at(-1) as Grant };
}

/** Many at once, in order; what is held already stays. */
export function grantSids(ledger: Ledger, wanted: readonly Wanted[]): Ledger {
  const { structure } = ledger;
  const held = heldBy(ledger.grants);
  const shift = BigInt(structure.functionBits - 4);
  const rangeOf = (node: bigint, digit: bigint): string => `${node} ${digit}`;
  // By number, not by purpose: a grant that was written by hand may bear a number out of another purpose's range.
  const greatest = new Map<string, bigint>();
  const note = (sid: Sid): void => {
    const parts = splitSid(sid, structure);
    const range = rangeOf(parts.node, parts.function >> shift);
    if (parts.function > (greatest.get(range) ?? -1n)) greatest.set(range, parts.function);
  };
  for (const { sid } of ledger.grants) note(sid);
  const fresh: Grant[] = [];
  for (const { pop, purpose, name } of wanted) {
    const owner = ownerOf({ pop, purpose, name });
    if (held.has(owner)) continue;
    const locator = held.get(ownerOf({ pop, purpose: "locator", name: pop }));
    if (!locator) throw invalid(`POP ${pop} has no locator`, `Grant it one first: srwan sid next ${pop}.`);
    const node = splitSid(locator.sid, structure);
    const last = greatest.get(rangeOf(node.node, FIRST_DIGIT[purpose]));
    const value = last === undefined ? FIRST_DIGIT[purpose] << shift : last + 1n;
    if (value >> shift !== FIRST_DIGIT[purpose]) throw exhausted(`POP ${pop} has no SID for another ${purpose} left`);
    const sid = composeSid({ ...node, function: value }, structure);
    const grant = checked({ pop, purpose, name, sid, retired: false });
    note(sid);
    held.set(owner, grant);
    fresh.push(grant);
  }
  return fresh.length === 0 ? ledger : { ...ledger, grants: [...ledger.grants, ...fresh] };
}

const ownerOf = ({ pop, purpose, name }: Pick<Grant, "pop" | "purpose" | "name">): string =>
  `${pop} ${purpose} ${name}`;
const heldBy = (grants: readonly Grant[]): Map<string, Grant> =>
  new Map(grants.filter(({ retired }) => !retired).map((grant) => [ownerOf(grant), grant]));

/** Ends a grant, and with a locator all that lies in it. The SID stays in the ledger, so that nobody gets it again. */
export function retire(ledger: Ledger, sid: Sid): Ledger {
  const ended = ledger.grants.find((grant) => grant.sid === sid && !grant.retired);
  if (!ended) throw invalid(`${formatIpv6(sid)} is granted to nobody`, "See `srwan sid show`.");
  const within = locatorOf(sid, ledger.structure);
  const ends = (grant: Grant): boolean =>
    ended.purpose === "locator" ? covers(within, hostPrefix(grant.sid)) : grant === ended;
  return { ...ledger, grants: ledger.grants.map((grant) => (ends(grant) ? { ...grant, retired: true } : grant)) };
}

export function readLedger(value: unknown, file: string): Ledger {
  // A field beside those of a closed object is told first as a schema that takes nothing.
  const error = Errors(LedgerFile, value).find(({ keyword }) => keyword !== "boolean");
  if (error) {
    const field = error.instancePath.slice(1).replaceAll("/", ".") || "the file";
    const extra = error.keyword === "additionalProperties" ? `: ${error.params.additionalProperties.join(", ")}` : "";
    throw invalid(`${file}: ${field} ${error.message}${extra}`, "Correct it, or begin a new ledger with --block.");
  }
  const raw = value as Static<typeof LedgerFile>;
  const at = <T>(field: string, read: () => T): T => {
    try {
      return read();
    } catch (thrown) {
      if (thrown instanceof SrwanError) throw invalid(`${file}: ${field}: ${thrown.message}`, thrown.remedy);
      throw thrown;
    }
  };
  const block = at("block", () => parsePrefix(raw.block));
  const ledger = at("structure", () => newLedger(block, raw.structure));
  const grants = raw.grants.map(
    (grant, i): Grant => ({
      pop: grant.pop,
      purpose: grant.for,
      name: grant.for === "locator" ? grant.pop : (grant.name ?? grant.pop),
      sid: at(`grants.${i}.sid`, () => parseSid(grant.sid)),
      retired: grant.retired ?? false,
    }),
  );
  checkGrants({ ...ledger, grants }, file);
  return { ...ledger, grants };
}

function checkGrants({ block, structure, grants }: Ledger, file: string): void {
  const holders = new Map<Sid, string>();
  const owners = new Map<string, Sid>();
  for (const [i, { sid, pop, purpose, name, retired }] of grants.entries()) {
    const place = `${file}: grants.${i}: ${formatIpv6(sid)} of ${pop}`;
    if (!covers(block, hostPrefix(sid))) {
      throw invalid(`${place} lies outside ${formatPrefix(block)}`, "Correct the SID or the block.");
    }
    if (purpose === "locator" && locatorOf(sid, structure).address !== sid) {
      throw invalid(`${place} is no locator: it has a function or an argument`, "Give block and node, then zeros.");
    }
    const holder = holders.get(sid);
    if (holder !== undefined) throw invalid(`${place} was granted to ${holder} before`, "Remove one of the two.");
    holders.set(sid, pop);
    const owner = `${purpose} ${name} of ${pop}`;
    const other = owners.get(owner);
    if (!retired && other !== undefined) {
      throw invalid(`${place}: ${owner} has ${formatIpv6(other)} already`, "Mark one of the two as retired: true.");
    }
    if (!retired) owners.set(owner, sid);
  }
}

/** The ledger as the value that its file holds. */
export const writeLedger = ({ block, structure, grants }: Ledger): unknown => ({
  version: 1,
  block: formatPrefix(block),
  structure,
  grants: grants.map(({ sid, pop, purpose, name, retired }) => ({
    sid: formatIpv6(sid),
    pop,
    for: purpose,
    ...(purpose === "locator" ? {} : { name }),
    ...(retired ? { retired } : {}),
  })),
});

const granted = (ledger: Ledger, grant: Grant): { readonly ledger: Ledger; readonly grant: Grant } => ({
  ledger: { ...ledger, grants: [...ledger.grants, checked(grant)] },
  grant,
});

function checked(grant: Grant): Grant {
  for (const name of [grant.pop, grant.name]) {
    if (!NAME.test(name)) {
      throw invalid(
        `the name "${name}" fits no ledger`,
        "Use letters, digits, and . _ - after the first, 63 characters at most.",
      );
    }
  }
  return grant;
}

/** One more than the greatest ever granted; never a gap, for a gap may be a grant that was struck out by hand. */
const next = (taken: readonly bigint[]): bigint => taken.reduce((most, one) => (one > most ? one : most), 0n) + 1n;

const invalid = (message: string, remedy: string): SrwanError => new SrwanError("VALUE_INVALID", message, { remedy });

const exhausted = (what: string): SrwanError =>
  new SrwanError("SIDS_EXHAUSTED", what, { remedy: "Begin a ledger with a larger structure, in a block of its own." });
