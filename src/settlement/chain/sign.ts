// Signatures of the types in typed.ts, each in the domain of the contract that checks it.

import { concat, Signature, type Signer, TypedDataEncoder, type TypedDataField } from "ethers";
import { domainOf, type Hex, type Message, SIGNED_FOR, TYPES, type TypeName } from "../typed.ts";
import type { Deployment } from "./deployment.ts";

/** A quorum's signatures as the contracts take them. */
export type Seal = { readonly validatorSet: bigint; readonly seatBits: bigint; readonly signatures: Hex };

const parts = (deployment: Deployment, type: TypeName) => {
  const contract = SIGNED_FOR[type];
  const domain = domainOf(contract, BigInt(deployment.chainId), deployment.contracts[contract].address);
  return { domain, types: { [type]: TYPES[type] as unknown as TypedDataField[] } };
};

/** What is signed, as 32 octets; of an order and a quote it is also the name. */
export function digestOf<Name extends TypeName>(deployment: Deployment, type: Name, message: Message<Name>): Hex {
  const { domain, types } = parts(deployment, type);
  return TypedDataEncoder.hash(domain, types, message) as Hex;
}

export async function signTyped<Name extends TypeName>(
  signer: Signer,
  deployment: Deployment,
  type: Name,
  message: Message<Name>,
): Promise<Hex> {
  const { domain, types } = parts(deployment, type);
  return (await signer.signTypedData(domain, types, message)) as Hex;
}

/** Puts validators' signatures together, by seat. */
export function sealOf(validatorSet: bigint, bySeat: ReadonlyMap<number, Hex>): Seal {
  const seats = [...bySeat].toSorted(([a], [b]) => a - b);
  return {
    validatorSet,
    seatBits: seats.reduce((bits, [seat]) => bits | (1n << BigInt(seat)), 0n),
    signatures: concat(seats.map(([, signature]) => Signature.from(signature).compactSerialized)) as Hex,
  };
}
