// Who signed a typed message: in thousands a second. The digest is put together by hand, since every field is one word; the
// key of an account is found once from a signature of its own, and from then on only checked against.

import { computeAddress, keccak256, Signature, SigningKey, TypedDataEncoder } from "ethers";
import { LIMITS } from "../../base/limits.ts";
import { domainOf, encodeType, type Hex, type Message, SIGNED_FOR, TYPES, type TypeName } from "../typed.ts";
import type { Deployment } from "./deployment.ts";
import { type KnownKey, keccak, knownKey } from "./openssl.ts";

const WORD = 32;
/** Half of the curve's order: of a signature and its mirror only the lower is taken, as the contracts do. */
const HALF = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

const octets = (hex: string): Buffer => Buffer.from(hex.slice(2), "hex");

export class Verifier {
  readonly #domains = new Map<string, Buffer>();
  readonly #typeHashes = new Map<TypeName, Buffer>();
  readonly #deployment: Deployment;
  /** In order of use, the oldest first. */
  readonly #keys = new Map<string, KnownKey>();

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  digest<Name extends TypeName>(type: Name, message: Message<Name>): Hex {
    const fields = TYPES[type];
    const data = Buffer.alloc(WORD * (fields.length + 1));
    this.#typeHash(type).copy(data);
    const values = message as Readonly<Record<string, bigint | Hex>>;
    for (const [i, { name, type: kind }] of fields.entries()) {
      const value = values[name] ?? 0n;
      const hex = typeof value === "bigint" ? value.toString(16) : value.slice(2);
      const bits = kind === "address" ? 160 : kind === "bytes32" ? 256 : Number(kind.slice(4));
      if (hex.length * 4 > Math.ceil(bits / 4) * 4) throw new RangeError(`${type}.${name} has no room for ${value}`);
      data.write(hex.padStart(WORD * 2, "0"), WORD * (i + 1), "hex");
    }
    return `0x${keccak(Buffer.concat([PREFIX, this.#domain(SIGNED_FOR[type]), keccak(data)])).toString("hex")}`;
  }

  /** Whether this account signed this digest, with a key of its own. */
  signed(account: string, digest: Hex, signature: string): boolean {
    const [r, s] = [signature.slice(2, 66), signature.slice(66, 130)];
    if (signature.length !== 132 || BigInt(`0x${s}`) > HALF) return false;
    const who = account.toLowerCase();
    const known = this.#keys.get(who);
    if (known === undefined) return this.#meet(who, digest, signature);
    this.#keys.delete(who);
    this.#keys.set(who, known);
    return known.verify(octets(digest), der(r, s));
  }

  #meet(who: string, digest: Hex, signature: string): boolean {
    let publicKey: string;
    try {
      publicKey = SigningKey.recoverPublicKey(digest, Signature.from(signature));
    } catch {
      return false;
    }
    if (computeAddress(publicKey).toLowerCase() !== who) return false;
    const key = knownKey(octets(publicKey));
    if (key) this.#keys.set(who, key);
    if (this.#keys.size > LIMITS.signerKeysMax) {
      const [oldest] = this.#keys.keys();
      if (oldest !== undefined) this.#keys.delete(oldest);
    }
    return true;
  }

  #typeHash(type: TypeName): Buffer {
    const known = this.#typeHashes.get(type) ?? octets(keccak256(Buffer.from(encodeType(type))));
    this.#typeHashes.set(type, known);
    return known;
  }

  #domain(contract: (typeof SIGNED_FOR)[TypeName]): Buffer {
    const { chainId, contracts } = this.#deployment;
    const known =
      this.#domains.get(contract) ??
      octets(TypedDataEncoder.hashDomain(domainOf(contract, BigInt(chainId), contracts[contract].address)));
    this.#domains.set(contract, known);
    return known;
  }
}

const PREFIX = Buffer.from([0x19, 0x01]);

/** r and s as OpenSSL takes them. */
function der(r: string, s: string): Buffer {
  const body = Buffer.concat([whole(r), whole(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

/** Without zeros in front, and never negative. */
function whole(hex: string): Buffer {
  const plain = hex.replace(/^(00)+(?=.)/, "");
  const digits = Number.parseInt(plain.slice(0, 2), 16) >= 0x80 ? `00${plain}` : plain;
  return Buffer.concat([Buffer.from([0x02, digits.length / 2]), Buffer.from(digits, "hex")]);
}
