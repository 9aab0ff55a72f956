// What a SID says at sight by its structure, and what a ledger knows of it.

import { covers, formatIpv6, formatPrefix, hostPrefix, type Prefix } from "./address.ts";
import type { Grant, Ledger } from "./locator-plan.ts";
import { composeSid, locatorOf, type Sid, type SidParts, type SidStructure, splitSid } from "./sid.ts";

export type SidFacts = {
  readonly sid: Sid;
  readonly structure: SidStructure;
  readonly parts: SidParts;
  readonly block: Prefix;
  readonly locator: Prefix;
  readonly ledger?: LedgerFacts;
};

export type LedgerFacts =
  | { readonly state: "in use" | "retired"; readonly grant: Grant }
  /** Inside a POP's locator, and granted to nobody. */
  | { readonly state: "free"; readonly pop: string }
  /** Its node is no POP's. */
  | { readonly state: "unknown" }
  | { readonly state: "outside"; readonly block: Prefix };

export function sidFacts(sid: Sid, structure: SidStructure, ledger?: Ledger): SidFacts {
  const locator = locatorOf(sid, structure);
  const shift = BigInt(128 - structure.blockBits);
  return {
    sid,
    structure,
    parts: splitSid(sid, structure),
    block: { family: 6, address: (sid >> shift) << shift, length: structure.blockBits },
    locator,
    ...(ledger ? { ledger: ledgerFacts(sid, ledger) } : {}),
  };
}

/** The argument is the packet's, not the SID's, so it is not looked at. */
function ledgerFacts(sid: Sid, { block, structure, grants }: Ledger): LedgerFacts {
  if (!covers(block, hostPrefix(sid))) return { state: "outside", block };
  const bare = composeSid({ ...splitSid(sid, structure), argument: 0n }, structure);
  const grant = grants.find((one) => one.sid === bare);
  if (grant) return { state: grant.retired ? "retired" : "in use", grant };
  const { node } = splitSid(sid, structure);
  const locator = grants.find((one) => one.purpose === "locator" && splitSid(one.sid, structure).node === node);
  return locator ? { state: "free", pop: locator.pop } : { state: "unknown" };
}

/** "tenant acme of sea". */
export const grantText = ({ purpose, name, pop }: Grant): string =>
  purpose === "locator" ? `locator of ${pop}` : `${purpose} ${name} of ${pop}`;

export function ledgerSentence(facts: LedgerFacts): string {
  switch (facts.state) {
    case "in use":
    case "retired":
      return `${grantText(facts.grant)}, ${facts.state}`;
    case "free":
      return `granted to nobody; the locator is ${facts.pop}'s`;
    case "unknown":
      return "granted to nobody, and its node is no POP's";
    case "outside":
      return `not of this ledger, whose block is ${formatPrefix(facts.block)}`;
  }
}

/** The same as a document. */
export function sidDocument({ sid, structure, parts, block, locator, ledger }: SidFacts): Record<string, unknown> {
  const hex = (value: bigint): string => `0x${value.toString(16)}`;
  return {
    sid: formatIpv6(sid),
    structure,
    block: formatPrefix(block),
    node: hex(parts.node),
    function: hex(parts.function),
    argument: hex(parts.argument),
    locator: formatPrefix(locator),
    ledger:
      ledger === undefined ? null : { state: ledger.state, ...("grant" in ledger ? grantDocument(ledger.grant) : {}) },
  };
}

export const grantDocument = ({ pop, purpose, name, sid, retired }: Grant): Record<string, unknown> => ({
  pop,
  for: purpose,
  name,
  sid: formatIpv6(sid),
  state: retired ? "retired" : "in use",
});
