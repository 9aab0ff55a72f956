// Validators' signatures of what they found out of an order, gathered in the store until they are two thirds of the stake.

import { type Wallet, ZeroAddress } from "ethers";
import { read } from "../chain/contracts.ts";
import { digestOf, type Seal, sealOf, signTyped } from "../chain/sign.ts";
import type { Hex, Message } from "../typed.ts";
import type { OrderChain } from "./chain.ts";
import { type Orders, signaturesOf } from "./orders.ts";

type Attested = "ConfigAccepted" | "ConfigRemoved";

export async function signAs<Name extends Attested>(
  orders: Orders,
  chain: OrderChain,
  validator: Wallet,
  type: Name,
  message: Message<Name>,
): Promise<void> {
  const digest = digestOf(chain.deployment, type, message);
  await orders.sign(digest, validator.address as Hex, await signTyped(validator, chain.deployment, type, message));
}

/** A quorum of the set in force, or undefined while it is none. */
export async function gather<Name extends Attested>(
  orders: Orders,
  chain: OrderChain,
  type: Name,
  message: Message<Name>,
): Promise<Seal | undefined> {
  const signatures = await signaturesOf(orders, digestOf(chain.deployment, type, message));
  if (signatures.size === 0) return undefined;
  const set = await setInForce(chain);
  const { size, stake } = await read<{ size: bigint; stake: bigint }>(chain.contracts, "ValidatorSet", "sets", set);
  const bySeat = new Map<number, Hex>();
  let signed = 0n;
  for (let seat = 0; seat < Number(size); seat++) {
    const member = await read<{ signer: Hex; stake: bigint }>(chain.contracts, "ValidatorSet", "members", set, seat);
    const signature = signatures.get(member.signer);
    if (signature === undefined || member.signer === ZeroAddress) continue;
    bySeat.set(seat, signature);
    signed += member.stake;
  }
  return stake > 0n && signed * 3n >= stake * 2n ? sealOf(set, bySeat) : undefined;
}

async function setInForce(chain: OrderChain): Promise<bigint> {
  const epoch = await chain.epoch();
  let set = await read(chain.contracts, "ValidatorSet", "lastSet");
  while (set > 0n && (await read<{ from: bigint }>(chain.contracts, "ValidatorSet", "sets", set)).from > epoch) set--;
  return set;
}
