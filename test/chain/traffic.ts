// Traffic of many paths as their ends would tell it: terms, link reports, tickets and vouchers, signed; and what it is worth.

import type { HDNodeWallet } from "ethers";
import type { Deployment } from "../../src/settlement/chain/deployment.ts";
import { Verifier } from "../../src/settlement/chain/verify.ts";
import { termsId } from "../../src/settlement/service/terms.ts";
import type { Hex, Message } from "../../src/settlement/typed.ts";
import type { EvidenceItem, LinkTerms, PathTerms } from "../../src/wire/settlement.ts";

export const lower = (wallet: { readonly address: string }): Hex => wallet.address.toLowerCase() as Hex;
const texts = (message: object) =>
  Object.fromEntries(Object.entries(message).map(([name, value]) => [name, String(value)])) as Record<string, string>;

export const ZERO = `0x${"00".repeat(32)}` as Hex;

export class Signing {
  readonly #verifier: Verifier;

  constructor(deployment: Deployment) {
    this.#verifier = new Verifier(deployment);
  }

  #sign(by: HDNodeWallet, type: "LinkReport" | "Ticket" | "SpendVoucher", message: Message<"Ticket">): string {
    return by.signingKey.sign(this.#verifier.digest(type, message as never)).serialized;
  }

  report(by: HDNodeWallet, message: Omit<Message<"LinkReport">, "reporter">): EvidenceItem {
    const full = { ...message, reporter: lower(by) };
    return {
      kind: "report",
      message: texts(full),
      signature: this.#sign(by, "LinkReport", full as never),
    } as EvidenceItem;
  }

  ticket(by: HDNodeWallet, message: Omit<Message<"Ticket">, "provider" | "linkReportsRoot">): EvidenceItem {
    const full = { ...message, provider: lower(by), linkReportsRoot: ZERO };
    return { kind: "ticket", message: texts(full), signature: this.#sign(by, "Ticket", full) } as EvidenceItem;
  }

  voucher(
    by: HDNodeWallet,
    message: Pick<Message<"SpendVoucher">, "pathId" | "epoch" | "cumulativeAmount">,
  ): EvidenceItem {
    const rest = { cumulativeOctets: 0n, splitRoot: ZERO, expiry: 2n ** 40n };
    const full = { consumer: lower(by), ...message, ...rest };
    const signature = this.#sign(by, "SpendVoucher", full as never);
    return { kind: "voucher", message: texts(full), signer: lower(by), signature } as EvidenceItem;
  }
}

export const linkOf = (name: string, a: Hex, b: Hex): LinkTerms => ({
  kind: "link",
  name,
  ends: [a, b],
  upstreamOverheadOctets: 0,
  downstreamOverheadOctets: 0,
  lossPpm: 20_000,
  underWayPackets: 100,
});

export const pathOf = (
  name: string,
  consumer: Hex,
  pricePerGB: bigint,
  hops: readonly [Hex, LinkTerms][],
): PathTerms => ({
  kind: "path",
  name,
  consumer,
  pricePerGB: String(pricePerGB),
  ticketOctets: "1000000",
  hops: hops.map(([provider, link]) => ({ provider, link: termsId(link) })),
});

export { termsId };
