// Quotes of the market: signed values in files, and what has become of each on the chain.

import { id, type Provider, verifyTypedData } from "ethers";
import { type Static, Type } from "typebox";
import { SrwanError } from "../../base/errors.ts";
import { fieldText, misfit } from "../../base/misfit.ts";
import { domainOf, type Hex, INFINITE_PRICE, type Message, TYPES } from "../typed.ts";
import { attach, read } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";
import { digestOf } from "./sign.ts";

const decimal = (description: string) => Type.String({ pattern: "^[0-9]{1,78}$", description });
const hex = (octets: number, description: string) =>
  Type.String({ pattern: `^0x[0-9a-fA-F]{${octets * 2}}$`, description });

export const QuoteFile = Type.Object(
  {
    schema: Type.Literal("srwan.quote/1"),
    segment: Type.String({ minLength: 1, maxLength: 200, description: "What the seller calls the segment." }),
    chainId: Type.Integer({ minimum: 1, description: "The chain that it is sold on." }),
    quote: Type.Object(
      {
        segmentId: hex(32, "Of the name, or the name itself."),
        seller: hex(20, "Who signed it."),
        pricePerGB: decimal("In units of 10^-18 SEG; 2^128 - 1 is no price at all."),
        start: decimal("Second of the first hour."),
        end: decimal("Second after the last hour."),
        nonce: decimal("Sold or cancelled once; quotes of one nonce are for one sale."),
        expiry: decimal("Last second in which it can be taken."),
      },
      { additionalProperties: false },
    ),
    signature: hex(65, "The seller's, EIP-712."),
  },
  { additionalProperties: false, title: "srwan quote of the market" },
);
export type QuoteFile = Static<typeof QuoteFile>;
export type Quote = Message<"Quote">;

export const QUOTE_STATES = ["open", "no price", "expired", "cancelled", "sold", "paid", "other chain"] as const;
export type QuoteState = (typeof QUOTE_STATES)[number];

/** 32 octets for a segment's name; what looks like them already is taken as it is. */
export const segmentIdOf = (name: string): Hex => (/^0x[0-9a-f]{64}$/i.test(name) ? (name as Hex) : (id(name) as Hex));

export const quoteFileOf = (segment: string, chainId: number, quote: Quote, signature: Hex): QuoteFile => ({
  schema: "srwan.quote/1",
  segment,
  chainId,
  quote: Object.fromEntries(Object.entries(quote).map(([name, value]) => [name, String(value)])) as QuoteFile["quote"],
  signature,
});

export function quoteOf({ quote }: QuoteFile): Quote {
  const { segmentId, seller, ...numbers } = quote;
  const big = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, BigInt(value)]));
  return { segmentId, seller, ...big } as unknown as Quote;
}

/** Reads one that somebody else made, and holds it to its signature. */
export function parseQuote(text: string, path: string, deployment: Deployment): QuoteFile {
  const wrong = (what: string, remedy = "Ask the seller for it again.") =>
    new SrwanError("QUOTE_INVALID", `${path}: ${what}`, { remedy });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("not JSON");
  }
  const unfit = misfit(QuoteFile, value, "See `srwan market quote`.");
  if (unfit) throw wrong(`${fieldText(unfit.path) || "it"} ${unfit.what}`, unfit.remedy);
  const file = value as QuoteFile;
  const domain = domainOf("Ditex", BigInt(file.chainId), deployment.contracts.Ditex.address);
  if (file.chainId === deployment.chainId && !isSignedBySeller(file, domain)) {
    throw wrong(`quote.seller = ${file.quote.seller} did not sign it`);
  }
  return file;
}

function isSignedBySeller(file: QuoteFile, domain: ReturnType<typeof domainOf>): boolean {
  try {
    const types = { Quote: [...TYPES.Quote] };
    return verifyTypedData(domain, types, quoteOf(file), file.signature) === file.quote.seller;
  } catch {
    return false;
  }
}

export type Listed = {
  readonly file: QuoteFile;
  /** The quote's name on the chain; of a deal the same. */
  readonly id: Hex;
  readonly state: QuoteState;
  readonly buyer?: Hex;
  readonly amount?: bigint;
};

/** What has become of a quote. */
export async function stateOfQuote(
  provider: Provider,
  deployment: Deployment,
  file: QuoteFile,
  nowSeconds: bigint,
): Promise<Listed> {
  const quote = quoteOf(file);
  const dealId = digestOf(deployment, "Quote", quote);
  if (file.chainId !== deployment.chainId) return { file, id: dealId, state: "other chain" };
  const contracts = attach(deployment, provider);
  const [deal, word] = await Promise.all([
    read<{ buyer: Hex; amount: bigint; open: boolean }>(contracts, "Ditex", "deals", dealId),
    read(contracts, "Ditex", "nonces", quote.seller, quote.nonce >> 8n),
  ]);
  if (deal.amount > 0n) {
    return { file, id: dealId, state: deal.open ? "sold" : "paid", buyer: deal.buyer, amount: deal.amount };
  }
  if (((word >> (quote.nonce & 255n)) & 1n) === 1n) return { file, id: dealId, state: "cancelled" };
  if (quote.pricePerGB === INFINITE_PRICE) return { file, id: dealId, state: "no price" };
  const isLate = quote.expiry < nowSeconds || quote.end <= nowSeconds;
  return { file, id: dealId, state: isLate ? "expired" : "open" };
}
