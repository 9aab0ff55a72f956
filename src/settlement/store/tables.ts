// The rows, as they stand in the store. Money and 64-bit counters are decimal text: SQLite's whole numbers end at 2⁶³.

/** Content-addressed: the identifier is the hash of the body. */
type Terms = { id: string; kind: "link" | "path"; body: string; at_ms: number };

type Reports = {
  digest: string;
  epoch: number;
  link: string;
  reporter: string;
  boot: string;
  seq: string;
  body: string;
  signature: string;
};

type Tickets = {
  digest: string;
  /** The epoch it was taken in. */
  epoch: number;
  path: string;
  provider: string;
  boot: string;
  seq: string;
  body: string;
  signature: string;
};

/** The highest of its path and epoch. */
type Vouchers = {
  digest: string;
  epoch: number;
  path: string;
  consumer: string;
  amount: string;
  body: string;
  signer: string;
  signature: string;
};

/** `body`: what it came to, as the ledger says it. */
type Epochs = { epoch: number; state: string; body: string; at_ms: number };

type Chunks = {
  epoch: number;
  chunk: number;
  attempt: number;
  /** The signed message, the packed lists, and the proof of tickets belong together. */
  batch: string;
  debits: string;
  credits: string;
  digest: string;
};

/** As the chain settled it. `held`: our own chunk is the same. */
type ChainChunks = { epoch: number; chunk: number; digest: string; batch: string; held: number };

/** What this validator signed: one digest for each chunk and attempt, ever. */
type Signed = { epoch: number; chunk: number; attempt: number; digest: string; signature: string };
type Seals = { digest: string; seat: number; signature: string };

type Disputes = {
  epoch: number;
  kind: string;
  subject: string;
  account: string;
  body: string;
};

type Sends = {
  /** What it is for: nothing is sent twice under one. */
  key: string;
  position: number;
  account: string;
  target: string;
  data: string;
  state: "wanted" | "sent" | "mined" | "done" | "refused" | "reverted";
  nonce: number | null;
  raw: string | null;
  hash: string | null;
  /** Hashes of what `raw` replaced, with spaces between: the chain takes one of them all. */
  earlier: string | null;
  block: number | null;
  why: string | null;
  at_ms: number;
};

/** Of priority on a router; see qos/orders.ts. */
type Orders = {
  id: string;
  terms: string;
  /** Router and interface: one order at a time. */
  place: string;
  done: number;
  verdict: string | null;
  cancel: string | null;
  opening: number;
  touched: number;
  outcome: string | null;
  removal: string | null;
  gone_at: string | null;
  alert: string | null;
  at_ms: number;
};
type OrderSeals = { digest: string; signer: string; signature: string };

type Tasks = { name: string; holder: string; fence: number; until_ms: number };
type Facts = { name: string; value: string };

export type Tables = {
  terms: Terms;
  reports: Reports;
  tickets: Tickets;
  vouchers: Vouchers;
  epochs: Epochs;
  chunks: Chunks;
  chain_chunks: ChainChunks;
  signed: Signed;
  seals: Seals;
  disputes: Disputes;
  sends: Sends;
  orders: Orders;
  order_seals: OrderSeals;
  tasks: Tasks;
  settlement_facts: Facts;
};
