// Links and paths by the hash of what they are: who names one in a signature agrees to all of it, and nobody keeps a register.

import { keccak256, toUtf8Bytes } from "ethers";
import { canonicalJson } from "../../base/canonical.ts";
import type { EvidenceItem, LinkTerms, PathTerms, Terms } from "../../wire/settlement.ts";
import type { Link, Path } from "../ledger/close.ts";
import type { Account } from "../ledger/epoch.ts";
import { type TermsRow, termsOf } from "../store/evidence.ts";
import type { SettlementStore } from "../store/store.ts";
import type { Hex } from "../typed.ts";

export const termsId = (terms: Terms): Hex => keccak256(toUtf8Bytes(canonicalJson(terms))) as Hex;

export const termsRow = (terms: Terms): TermsRow => ({
  id: termsId(terms),
  kind: terms.kind,
  body: canonicalJson(terms),
});

/** What a schema cannot say of terms; undefined where nothing is wrong. */
export function termsFault(terms: Terms, linkOf: (id: string) => LinkTerms | undefined): string | undefined {
  if (terms.kind === "link") {
    return terms.ends[0] === terms.ends[1] ? "ends: both are the same account" : undefined;
  }
  if (BigInt(terms.ticketOctets) === 0n) return "ticketOctets: 0 is no size of a ticket";
  if (BigInt(terms.pricePerGB) >= 2n ** 96n) return "pricePerGB: more than there are coins";
  const providers = new Set(terms.hops.map(({ provider }) => provider));
  if (providers.size !== terms.hops.length) return "hops: a provider stands there twice";
  for (const [i, { provider, link }] of terms.hops.entries()) {
    const known = linkOf(link);
    if (known === undefined) return `hops[${i}].link: ${link} is not known; send its terms first`;
    if (!known.ends.includes(provider)) return `hops[${i}].provider: ${provider} is no end of that link`;
  }
  return undefined;
}

/** Of paths and of their links, links first: as whoever takes them needs them. */
export async function termsNamedBy(store: SettlementStore, items: readonly EvidenceItem[]): Promise<EvidenceItem[]> {
  const named = items.flatMap((item) =>
    item.kind === "report" ? [item.message.linkId] : "message" in item ? [item.message.pathId] : [],
  );
  const found = await readNamed(store, named);
  const paths = found.filter((terms) => terms.kind === "path");
  const onPaths = await readNamed(
    store,
    paths.flatMap(({ hops }) => hops.map(({ link }) => link)),
  );
  const links = new Map([...found, ...onPaths].filter(({ kind }) => kind === "link").map((one) => [termsId(one), one]));
  return [...links.values(), ...paths];
}

const readNamed = async (store: SettlementStore, ids: readonly string[]): Promise<Terms[]> =>
  (await termsOf(store, [...new Set(ids)])).map(({ body }) => JSON.parse(body) as Terms);

/** Ready for the ledger; unknown links of a path are a fault of whoever kept it. */
export function readTerms(rows: readonly TermsRow[]): { readonly links: Link[]; readonly paths: Path[] } {
  const links: Link[] = [];
  const paths: Path[] = [];
  for (const { id, body } of rows) {
    const terms = JSON.parse(body) as Terms;
    if (terms.kind === "link") links.push(linkFrom(id, terms));
    else paths.push(pathFrom(id, terms));
  }
  return { links, paths };
}

const linkFrom = (linkId: string, terms: LinkTerms): Link => ({
  linkId,
  ends: terms.ends as [Account, Account],
  rules: {
    upstreamOverheadOctets: BigInt(terms.upstreamOverheadOctets),
    downstreamOverheadOctets: BigInt(terms.downstreamOverheadOctets),
    lossPpm: BigInt(terms.lossPpm),
    underWayPackets: BigInt(terms.underWayPackets),
  },
});

const pathFrom = (pathId: string, terms: PathTerms): Path => ({
  pathId,
  consumer: terms.consumer as Account,
  pricePerGB: BigInt(terms.pricePerGB),
  hops: terms.hops.map(({ provider, link }) => ({ provider: provider as Account, linkId: link })),
});
