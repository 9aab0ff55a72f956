// Signatures of tickets checked in a second, and a day of a million tickets netted: in a process of its own, whose memory is
// measured.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HDNodeWallet, keccak256, toBeHex } from "ethers";
import { RealClock } from "../src/base/clock.ts";
import { createLogger } from "../src/base/log.ts";
import { CONTRACT_NAMES } from "../src/settlement/chain/artifacts.ts";
import type { Deployment } from "../src/settlement/chain/deployment.ts";
import { Verifier } from "../src/settlement/chain/verify.ts";
import { makeEpoch } from "../src/settlement/service/making.ts";
import { termsId, termsRow } from "../src/settlement/service/terms.ts";
import { keepMade } from "../src/settlement/store/epochs.ts";
import { type Kept, keepEvidence, keepTerms } from "../src/settlement/store/evidence.ts";
import { SettlementStore } from "../src/settlement/store/store.ts";
import type { Hex } from "../src/settlement/typed.ts";
import type { LinkTerms, PathTerms } from "../src/wire/settlement.ts";

const CHECKED = 2_000;
const TICKETS = Number(process.argv[2] ?? 1_000_000);
const HOURS = 24;
const PATHS = 500;
const LINKS = 100;
const OCTETS = 1_000_000_000n;
const ZERO = `0x${"00".repeat(32)}` as Hex;

const someone = (i: number): Hex => `0x${keccak256(toBeHex(i + 1, 32)).slice(-40)}`;
const hashOf = (i: number): Hex => keccak256(toBeHex(i, 32)) as Hex;
const deployment = {
  chainId: 31_337,
  contracts: Object.fromEntries(CONTRACT_NAMES.map((name, i) => [name, { address: someone(10_000 + i) }])),
} as unknown as Deployment;

function checks(): number {
  const verifier = new Verifier(deployment);
  const signers = Array.from({ length: 20 }, () => HDNodeWallet.createRandom());
  const tickets = Array.from({ length: 200 }, (_, i) => {
    const by = signers[i % signers.length] as HDNodeWallet;
    const provider = by.address.toLowerCase() as Hex;
    const amounts = { totalIn: OCTETS * BigInt(i + 1), totalOut: OCTETS * BigInt(i + 1) };
    const message = { pathId: ZERO, provider, bootTime: 1n, seq: BigInt(i + 1), ...amounts, linkReportsRoot: ZERO };
    return { message, provider, signature: by.signingKey.sign(verifier.digest("Ticket", message)).serialized };
  });
  const all = (): boolean =>
    tickets.every(({ message, provider, signature }) =>
      verifier.signed(provider, verifier.digest("Ticket", message), signature),
    );
  if (!all()) throw new Error("a good signature was refused");
  const began = process.cpuUsage();
  for (let i = 0; i < CHECKED / tickets.length; i++) all();
  const { user, system } = process.cpuUsage(began);
  return CHECKED / ((user + system) / 1e6);
}

async function day(): Promise<{ seconds: number; peakOctets: number; settled: number }> {
  const folder = mkdtempSync(join(tmpdir(), "srwan-day-"));
  const log = createLogger({ level: "silent", format: "json", write: () => undefined });
  const store = await SettlementStore.open({ address: join(folder, "day.db"), clock: new RealClock(), log });
  try {
    const links = Array.from(
      { length: LINKS },
      (_, i): LinkTerms => ({
        kind: "link",
        name: `link ${i}`,
        ends: [someone(i), someone((i + 1) % LINKS)],
        upstreamOverheadOctets: 0,
        downstreamOverheadOctets: 0,
        lossPpm: 20_000,
        underWayPackets: 1_000,
      }),
    );
    const paths = Array.from(
      { length: PATHS },
      (_, i): PathTerms => ({
        kind: "path",
        name: `path ${i}`,
        consumer: someone(1_000 + (i % 200)),
        pricePerGB: "1000000000000000",
        ticketOctets: String(OCTETS),
        hops: [0, 1]
          .map((hop) => (i + hop) % LINKS)
          .map((at) => ({ provider: someone(at), link: termsId(links[at] as LinkTerms) })),
      }),
    );
    await keepTerms(store, [...links, ...paths].map(termsRow));
    const each = Math.ceil(TICKETS / HOURS / PATHS / 2);
    let next = 0;
    const kept = (item: object) => ({ digest: hashOf(next++), signature: "0x", boot: "1", ...item }) as unknown as Kept;
    for (let hour = 0; hour < HOURS; hour++) {
      const items: Kept[] = [];
      for (const path of paths) {
        const id = termsId(path);
        for (const { provider } of path.hops) {
          for (let k = 1; k <= each; k++) {
            const [seq, total] = [String(hour * each + k), String(BigInt(hour * each + k) * OCTETS)];
            const body = {
              pathId: id,
              provider,
              bootTime: "1",
              seq,
              totalIn: total,
              totalOut: total,
              linkReportsRoot: ZERO,
            };
            items.push(kept({ kind: "ticket", path: id, author: provider, seq, body: JSON.stringify(body) }));
          }
        }
        const amount = 10n ** 24n;
        items.push(
          kept({
            kind: "voucher",
            path: id,
            author: path.consumer,
            epoch: hour,
            amount,
            body: "{}",
            signer: path.consumer,
          }),
        );
      }
      const perLink = BigInt(hour + 1) * BigInt(each) * BigInt((PATHS * 2) / LINKS) * OCTETS;
      for (const link of links) {
        const linkId = termsId(link);
        for (const [end, reporter] of link.ends.entries()) {
          for (const seq of hour === 0 ? ["1", "2"] : [String(hour + 2)]) {
            const octets = seq === "1" ? 0n : perLink;
            const [inOctets, outOctets] = end === 0 ? [0n, octets] : [octets, 0n];
            const counts = {
              inOctets: `${inOctets}`,
              outOctets: `${outOctets}`,
              inPkts: `${inOctets / 1_000n}`,
              outPkts: `${outOctets / 1_000n}`,
            };
            const body = { epoch: String(hour), linkId, reporter, bootTime: "1", ...counts, seq };
            items.push(
              kept({ kind: "report", link: linkId, author: reporter, seq, epoch: hour, body: JSON.stringify(body) }),
            );
          }
        }
      }
      await keepEvidence(store, items, hour);
    }
    const verifier = new Verifier(deployment);
    const rules = { feePpm: 10_000n, infrastructurePpm: 0n, infrastructure: someone(1) };
    const means = { spendable: async () => 2n ** 90n, isActive: async () => true };
    const began = performance.now();
    let settled = 0;
    for (let epoch = 0; epoch < HOURS; epoch++) {
      const options = { epoch, attempt: 0, block: 1, rules, entriesMax: 800 };
      const { made, tree, closing } = await makeEpoch(store, verifier, means, options);
      if (closing.disputes.length > 0) throw new Error(`epoch ${epoch} has disputes`);
      await store.write((tx) => keepMade(store, tx, epoch, made));
      settled += tree.leaves.length;
    }
    const seconds = (performance.now() - began) / 1_000;
    return { seconds, peakOctets: process.resourceUsage().maxRSS * 1_024, settled };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

const checksPerSecond = checks();
const netted = await day();
process.stdout.write(`${JSON.stringify({ checksPerSecond, ...netted })}\n`);
