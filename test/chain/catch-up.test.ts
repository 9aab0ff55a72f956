// A validator that was away while an epoch was settled: it learns from the chain what it lacks and from the others what that
// rests on, believes the chain alone, and counts again in the epoch after.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { createLogger } from "../../src/base/log.ts";
import { signedHeaders } from "../../src/settlement/service/between.ts";
import { chunksOf, epochOf } from "../../src/settlement/store/epochs.ts";
import type { EvidenceItem, EvidencePage } from "../../src/wire/settlement.ts";
import { coins, consumer, consumerWallet, signer } from "./flows.ts";
import { far, LINK, MILLION_COSTS, near, OCTETS, PATH, SideBySide } from "./side-by-side.ts";
import { lower, Signing, termsId } from "./traffic.ts";

const here = new SideBySide();
const AWAY = 2;

const lines: { message?: string; why?: string; peer?: string; behind?: number; epoch?: number }[] = [];
const log = createLogger({ level: "info", format: "json", write: (line) => void lines.push(JSON.parse(line)) });
const said = (words: string) => lines.filter(({ message }) => message?.includes(words));

let liars: Server[] = [];
afterEach(() => {
  for (const liar of liars) {
    liar.closeAllConnections();
    liar.close();
  }
  [liars, lines.length] = [[], 0];
});

/** Whoever runs takes a step, until the epoch is settled for all of them. */
async function settle(epoch: bigint): Promise<void> {
  for (let turn = 0; turn < 4 && (await here.chunksOnChain(epoch)) === 0n; turn++) {
    for (const { worker } of here.running.values()) await worker.step();
    await here.tick();
    await here.warp(100);
  }
  for (const { worker } of here.running.values()) await worker.step();
  await here.tick();
}

/**
 * Three validators; the last stops in an epoch and is away while it is settled, in which the link carried two million octets more than tickets
 * are for so far: the epoch after may still claim them.
 */
async function missed(): Promise<bigint> {
  for (const seat of [0, 1, AWAY]) await here.start(seat);
  await here.everybodyHears(here.told({ carried: 1n, ticketed: 1n }));
  const first = here.world.epoch;
  await here.toEpoch(first + 1n);
  await settle(first);
  await here.everybodyHears(here.told({ carried: 4n, ticketed: 1n }));
  await here.stop(AWAY);
  await here.everybodyHears(here.told({ carried: 4n, ticketed: 2n }));
  await here.toEpoch(first + 2n);
  await settle(first + 1n);
  expect(await here.chunksOnChain(first + 1n)).toBe(1n);
  return first + 1n;
}

const unusedAt = async (seat: number, epoch: bigint) =>
  JSON.parse((await epochOf(here.at(seat).store, Number(epoch)))?.body ?? "{}").unused;
const digestsAt = async (seat: number, epoch: bigint) =>
  (await chunksOf(here.at(seat).store, Number(epoch))).map(({ digest }) => digest);

/** Seats whose signatures are in what was settled of an epoch. */
async function signersOf(epoch: bigint): Promise<bigint | undefined> {
  const events = await here.world.events();
  return events.find(({ name, values }) => name === "ChunkSettled" && values.epoch === epoch)?.values
    .seatBits as bigint;
}

/** Stands before a validator and changes what it says; of evidence it gets the first page, whichever is asked for. */
async function liar(seat: number, change: (path: string, body: string) => string): Promise<string> {
  const server = createServer(async (request, answer) => {
    const path = request.url ?? "";
    const got = await fetch(`${here.urlOf(seat)}${path.replace(/after=.*/, "after=")}`);
    const body = await got.text();
    answer.writeHead(got.status, { "content-type": "application/json" }).end(got.ok ? change(path, body) : body);
  });
  liars.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const items = (body: string, change: (items: EvidenceItem[]) => EvidenceItem[]): string => {
  const page = JSON.parse(body) as EvidencePage;
  return JSON.stringify({ ...page, items: change(page.items) });
};

type Signer = Parameters<typeof signedHeaders>[0];

/** As a validator posts it, or somebody else, or nobody. */
async function posted(path: string, value: unknown, by: Signer | null = signer(1), door = path) {
  const body = JSON.stringify(value);
  const signed = by === null ? {} : await signedHeaders(by, here.world.deployment)(door, body);
  const answer = await fetch(`${here.urlOf(0)}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...signed },
    body,
  });
  return (await answer.json()) as { code?: string; message?: string };
}

describe("a validator that was away while an epoch was settled", () => {
  it("catches up with it, and its signature counts where carried-over octets matter", async () => {
    const epoch = await missed();
    const back = await here.start(AWAY, { log });
    expect((await back.status()).behind).toBe(0);
    await back.worker.step();
    expect(await here.stateAt(AWAY, epoch)).toBe("settled");
    expect(await digestsAt(AWAY, epoch)).toEqual(await digestsAt(0, epoch));
    expect(await unusedAt(AWAY, epoch)).toEqual([[`${termsId(LINK)}>${lower(near)}`, `${2n * OCTETS}`]]);
    expect(said("caught up")).toMatchObject([{ epoch: Number(epoch), behind: 0 }]);
    expect((await back.status()).behind).toBe(0);

    // Nothing more is carried: what the ticket is for was counted in the epoch that was missed.
    await here.everybodyHears(here.told({ carried: 4n, ticketed: 4n }));
    await here.stop(0);
    const before = await here.stage.flows.free(consumer(0));
    await here.toEpoch(epoch + 2n);
    await settle(epoch + 1n);
    expect(await signersOf(epoch + 1n)).toBe(0b110n);
    expect(before - (await here.stage.flows.free(consumer(0)))).toBe(2n * MILLION_COSTS);
    expect(await here.stateAt(AWAY, epoch + 1n)).toBe("settled");
  });

  it("whom nobody tells signs nothing where the epoch matters, and says how far it is behind", async () => {
    const epoch = await missed();
    const back = await here.start(AWAY, { log, peers: [] });
    await here.everybodyHears(here.told({ carried: 4n, ticketed: 4n }));
    await here.stop(0);
    await here.toEpoch(epoch + 2n);
    await settle(epoch + 1n);
    expect(await here.chunksOnChain(epoch + 1n)).toBe(0n);
    expect((await back.status()).behind).toBe(1);
    expect(said("no peer gives it")[0]).toMatchObject({ epoch: Number(epoch), behind: 1 });
  });

  it("takes nothing from a peer that leaves out, adds, or changes: the next is asked, and why is in the log", async () => {
    const epoch = await missed();
    const signing = new Signing(here.world.deployment);
    const more = signing.report(far, {
      ...{ epoch, linkId: termsId(LINK), bootTime: 7n, seq: 99n },
      ...{ inOctets: 99n * OCTETS, outOctets: 0n, inPkts: 99_000n, outPkts: 0n },
    });
    const giving = (evidence: number, change: (all: EvidenceItem[]) => EvidenceItem[]) =>
      liar(0, (path, body) =>
        path.includes("/evidence") ? items(body, change) : JSON.stringify({ ...JSON.parse(body), evidence }),
      );
    const peers = [
      await giving(5, (all) => all.filter(({ kind }) => kind !== "ticket")),
      await giving(6, (all) => all.filter(({ kind }) => kind !== "voucher")),
      await giving(7, (all) => [...all, more]),
      await giving(7, (all) =>
        all.map((one) =>
          one.kind === "ticket" ? { ...one, message: { ...one.message, totalOut: `${4n * OCTETS}` } } : one,
        ),
      ),
      await liar(0, (path, body) =>
        path.includes("/evidence") ? body : JSON.stringify({ ...JSON.parse(body), before: Number(epoch) }),
      ),
      await liar(0, (path, body) =>
        path.includes("/evidence") ? JSON.stringify({ ...JSON.parse(body), next: "more" }) : body,
      ),
      await liar(0, () => "no words of a validator"),
    ];
    const back = await here.start(AWAY, { log, peers });
    const kept = () =>
      back.store.read((db) => db.selectFrom("tickets").select(["digest", "epoch"]).orderBy("digest").execute());
    const had = await kept();
    await back.worker.step();
    expect(said("is not taken").map(({ peer }) => peer)).toEqual(peers);
    const whys = said("is not taken").map(({ why }) => why);
    expect(whys[0]).toContain(`epoch ${epoch}, it comes to chunks 0, and the chain holds 1`);
    expect(whys[1]).toContain(`epoch ${epoch}, it comes to chunks 0, and the chain holds 1`);
    expect(whys[2]).toContain("more evidence than its account says");
    expect(whys[3]).toContain("did not sign it");
    expect(whys[4]).toContain("is of another epoch");
    expect(whys[5]).toContain("holds nothing new");
    expect(await here.stateAt(AWAY, epoch)).toBeUndefined();
    expect(await kept()).toEqual(had);
    expect((await back.status()).behind).toBe(1);
    expect(said("no peer gives it")).toMatchObject([{ epoch: Number(epoch), behind: 1 }]);

    await here.stop(AWAY);
    const again = await here.start(AWAY, { log, peers: [peers[0] ?? "", here.urlOf(1)] });
    await again.worker.step();
    expect(said("caught up").map(({ peer }) => peer)).toEqual([here.urlOf(1)]);
    expect(await digestsAt(AWAY, epoch)).toEqual(await digestsAt(1, epoch));
    expect((await again.status()).behind).toBe(0);
  });

  it("finds out that it was given too little for the epoch after, and makes both again", async () => {
    const epoch = await missed();
    // A link's end that signs two things under one number.
    const cut = ({ message: { seq } }: EvidenceItem & { kind: "report" }): EvidenceItem => {
      const octets = 2n * OCTETS;
      return new Signing(here.world.deployment).report(near, {
        ...{ epoch, linkId: termsId(LINK), bootTime: 7n, seq: BigInt(seq) },
        ...{ inOctets: 0n, outOctets: octets, inPkts: 0n, outPkts: octets / 1_000n },
      });
    };
    // Without the last reports the batch is the same, and nothing is carried over.
    const less = await liar(0, (path, body) => {
      if (!path.includes("/evidence")) return body;
      const isCut = (one: EvidenceItem) => one.kind === "report" && one.message.outOctets === `${4n * OCTETS}`;
      return items(body, (all) => all.map((one) => (isCut(one) ? cut(one as never) : one)));
    });
    const back = await here.start(AWAY, { log, peers: [less] });
    await back.worker.step();
    expect(await here.stateAt(AWAY, epoch)).toBe("settled");
    expect(await unusedAt(AWAY, epoch)).toEqual([]);
    await here.stop(AWAY);
    await here.everybodyHears(here.told({ carried: 4n, ticketed: 4n }));
    await here.toEpoch(epoch + 2n);
    await settle(epoch + 1n);
    const again = await here.start(AWAY, { log });
    await again.worker.step();
    expect(await digestsAt(AWAY, epoch + 1n)).toEqual(await digestsAt(1, epoch + 1n));
    expect(await unusedAt(AWAY, epoch)).toEqual(await unusedAt(1, epoch));
    expect((await again.status()).behind).toBe(0);
  });

  it("begins with an empty store and comes, page by page, to all that was ever settled", async () => {
    const epoch = await missed();
    const inPages = await liar(0, (path, body) => {
      if (!path.includes("/evidence")) return body;
      const from = Number(new URL(path, here.urlOf(0)).searchParams.get("after"));
      const { items: all } = JSON.parse(body) as EvidencePage;
      const terms = all.filter(({ kind }) => kind === "link" || kind === "path");
      const rest = all.filter((one) => !terms.includes(one));
      const next = from + 2 < rest.length ? `${from + 2}` : "";
      return JSON.stringify({ items: [...terms, ...rest.slice(from, from + 2)], next });
    });
    const fresh = await here.start(AWAY, { log, store: `${here.storeOf(AWAY)}-anew`, peers: [inPages] });
    await fresh.worker.step();
    expect(said("caught up").map((line) => line.epoch)).toEqual([Number(epoch) - 1, Number(epoch)]);
    expect(await digestsAt(AWAY, epoch)).toEqual(await digestsAt(0, epoch));
  });
});

describe("what is settled", () => {
  it("is changed by nobody: no other batch is signed, and no voucher that comes later counts", async () => {
    const epoch = await missed();
    const { store } = here.at(0);
    const evidence = () => store.read((db) => db.selectFrom("tickets").select("epoch").orderBy("digest").execute());
    const [had, [chunk]] = [await evidence(), await chunksOf(store, Number(epoch))];
    const batch = JSON.parse(chunk?.batch ?? "{}");
    const head = await here.world.provider.getBlockNumber();
    const asked = { round: "sign", epoch: Number(epoch), attempt: 1, block: head, evidence: [] };
    const ask = (batches: unknown[]) => posted("/v1/proposals", { ...asked, batches });
    expect(await ask([{ ...batch, attempt: "1", fee: "0" }])).toMatchObject({ code: "BATCH_DIFFERS" });
    expect(await ask([])).toMatchObject({ code: "BATCH_DIFFERS" });
    expect(await ask([batch])).toMatchObject({ code: "BATCH_DIFFERS" });
    expect(await evidence()).toEqual(had);
    expect(await here.stateAt(0, epoch)).toBe("settled");
    const late = new Signing(here.world.deployment).voucher(consumerWallet(0), {
      ...{ pathId: termsId(PATH), epoch, cumulativeAmount: coins(11) },
    });
    expect(await posted(`/v1/proposals/${epoch}/evidence`, { items: [late] })).toMatchObject({
      taken: 0,
      refused: [{ message: expect.stringContaining("closed") }],
    });
  });

  it("is proposed by validators alone: what nobody signed, a stranger, or a validator for another door, is refused", async () => {
    const epoch = await missed();
    const open = Number(epoch) + 1;
    await here.toEpoch(BigInt(open + 1));
    const block = await here.world.provider.getBlockNumber();
    const proposal = { round: "sign", epoch: open, attempt: 0, block, evidence: [], batches: [] };
    const door = "/v1/proposals";
    const late = new Signing(here.world.deployment).voucher(consumerWallet(0), {
      ...{ pathId: termsId(PATH), epoch: BigInt(open), cumulativeAmount: coins(1) },
    });
    const refused = { code: "VALIDATOR_UNKNOWN" };
    expect(await posted(door, proposal, null)).toMatchObject(refused);
    expect(await posted(door, proposal, consumerWallet(0))).toMatchObject(refused);
    expect(await posted(door, proposal, signer(1), `${door}/${open}/evidence`)).toMatchObject(refused);
    expect(await posted(`${door}/${open}/evidence`, { items: [late] }, null)).toMatchObject(refused);
    // The same of a validator is looked at.
    expect(await posted(door, proposal)).not.toMatchObject(refused);
  });

  it("is given to whoever asks, page by page, and of other epochs nothing", async () => {
    const epoch = await missed();
    const get = async (path: string) => {
      const answer = await fetch(`${here.urlOf(0)}/v1/epochs/${path}`);
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    expect(await get(`${epoch}`)).toMatchObject({
      status: 200,
      body: { epoch: Number(epoch), held: [], evidence: 7, before: Number(epoch) - 1 },
    });
    const page = await get(`${epoch}/evidence`);
    const kinds = (page.body.items as EvidenceItem[]).map(({ kind }) => kind);
    expect(kinds).toEqual(["link", "path", ...Array(4).fill("report"), "ticket", "ticket", "voucher"]);
    expect(page.body.next).toBe("");
    expect((await get(`${epoch + 5n}`)).status).toBe(404);
    expect((await get(`${epoch + 5n}/evidence`)).status).toBe(404);
    expect((await get(`${epoch}/evidence?after=everything`)).status).toBe(400);
    expect((await get("twelve")).status).toBe(400);
  });
});
