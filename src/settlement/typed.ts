// What is signed off the chain (EIP-712), as plain values: the fields of each type in order, and who checks it. The
// contracts hold the same types in Typed.sol; a test compares their hashes.

export type Hex = `0x${string}`;

type Field = { readonly name: string; readonly type: "address" | "bytes32" | `uint${number}` };

const fields = <const F extends readonly Field[]>(...list: F): F => list;

export const TYPES = {
  /** One end's counters of one link in an epoch; both ends sign their own. Never goes on the chain itself. */
  LinkReport: fields(
    { name: "epoch", type: "uint64" },
    { name: "linkId", type: "bytes32" },
    { name: "reporter", type: "address" },
    { name: "bootTime", type: "uint64" },
    { name: "inOctets", type: "uint128" },
    { name: "outOctets", type: "uint128" },
    { name: "inPkts", type: "uint64" },
    { name: "outPkts", type: "uint64" },
    { name: "seq", type: "uint64" },
  ),
  /** What a provider relayed on a path since its boot. Never goes on the chain itself; its hash is in a leaf. */
  Ticket: fields(
    { name: "pathId", type: "bytes32" },
    { name: "provider", type: "address" },
    { name: "bootTime", type: "uint64" },
    { name: "seq", type: "uint64" },
    { name: "totalIn", type: "uint128" },
    { name: "totalOut", type: "uint128" },
    { name: "linkReportsRoot", type: "bytes32" },
  ),
  /** The most a consumer owes for a path in an epoch so far. */
  SpendVoucher: fields(
    { name: "consumer", type: "address" },
    { name: "pathId", type: "bytes32" },
    { name: "epoch", type: "uint64" },
    { name: "cumulativeOctets", type: "uint128" },
    { name: "cumulativeAmount", type: "uint96" },
    { name: "splitRoot", type: "bytes32" },
    { name: "expiry", type: "uint64" },
  ),
  SessionKey: fields(
    { name: "consumer", type: "address" },
    { name: "key", type: "address" },
    { name: "capPerEpoch", type: "uint96" },
    { name: "expiry", type: "uint64" },
  ),
  SettlementBatch: fields(
    { name: "epoch", type: "uint64" },
    { name: "chunk", type: "uint16" },
    { name: "chunks", type: "uint16" },
    { name: "attempt", type: "uint16" },
    { name: "ticketsRoot", type: "bytes32" },
    { name: "ticketCount", type: "uint32" },
    { name: "entriesHash", type: "bytes32" },
    { name: "fee", type: "uint96" },
  ),
  WithdrawTo: fields(
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "amount", type: "uint96" },
    { name: "relayer", type: "address" },
    { name: "relayerFee", type: "uint96" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint64" },
  ),
  Quote: fields(
    { name: "segmentId", type: "bytes32" },
    { name: "seller", type: "address" },
    { name: "pricePerGB", type: "uint128" },
    { name: "start", type: "uint64" },
    { name: "end", type: "uint64" },
    { name: "nonce", type: "uint256" },
    { name: "expiry", type: "uint64" },
  ),
  DealFailed: fields({ name: "dealId", type: "bytes32" }, { name: "failedAt", type: "uint64" }),
  QosOrder: fields(
    { name: "consumer", type: "address" },
    { name: "provider", type: "address" },
    { name: "routerKey", type: "address" },
    { name: "configHash", type: "bytes32" },
    { name: "amount", type: "uint96" },
    { name: "holdBack", type: "uint96" },
    { name: "deadline", type: "uint64" },
    { name: "until", type: "uint64" },
    { name: "nonce", type: "uint256" },
  ),
  ConfigAccepted: fields(
    { name: "orderId", type: "bytes32" },
    { name: "routerKey", type: "address" },
    { name: "configHash", type: "bytes32" },
    { name: "rpcReplyHash", type: "bytes32" },
    { name: "acceptedAt", type: "uint64" },
  ),
  ConfigFailed: fields(
    { name: "orderId", type: "bytes32" },
    { name: "routerKey", type: "address" },
    { name: "rpcReplyHash", type: "bytes32" },
    { name: "failedAt", type: "uint64" },
  ),
  ConfigRemoved: fields({ name: "orderId", type: "bytes32" }, { name: "removedAt", type: "uint64" }),
  DeviceKey: fields({ name: "provider", type: "address" }, { name: "key", type: "address" }),
} as const;

export type TypeName = keyof typeof TYPES;

/** A message of one of the types: counters, times and money are bigint, everything else hexadecimal text. */
export type Message<Name extends TypeName> = {
  readonly [F in (typeof TYPES)[Name][number] as F["name"]]: F["type"] extends `uint${number}` ? bigint : Hex;
};

/** The contract that checks a type, which is the domain it is signed in. Link reports and tickets are checked by validators. */
export const SIGNED_FOR = {
  LinkReport: "Settlement",
  Ticket: "Settlement",
  SpendVoucher: "Settlement",
  SessionKey: "Settlement",
  SettlementBatch: "Settlement",
  WithdrawTo: "Escrow",
  Quote: "Ditex",
  DealFailed: "Ditex",
  QosOrder: "QosEscrow",
  ConfigAccepted: "QosEscrow",
  ConfigFailed: "QosEscrow",
  ConfigRemoved: "QosEscrow",
  DeviceKey: "QosEscrow",
} as const satisfies Record<TypeName, string>;

export type Domain = {
  readonly name: string;
  readonly version: "1";
  readonly chainId: bigint;
  readonly verifyingContract: Hex;
};

/** The domain of a contract of ours on a chain. */
export const domainOf = (contract: (typeof SIGNED_FOR)[TypeName], chainId: bigint, address: Hex): Domain => ({
  name: `srwan ${contract}`,
  version: "1",
  chainId,
  verifyingContract: address,
});

/** "SessionKey(address consumer,…)": what the type's hash is made of. */
export const encodeType = (name: TypeName): string =>
  `${name}(${TYPES[name].map((field) => `${field.type} ${field.name}`).join(",")})`;

/** A seller's price for a segment that is measured and sold to nobody. */
export const INFINITE_PRICE = 2n ** 128n - 1n;
