// Two POPs relay a consumer's traffic over SRv6 on this kernel; what its counters say at both ends of every link becomes
// reports and tickets; three validators settle it; the coins that move are exactly those.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HDNodeWallet } from "ethers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "../../src/base/log.ts";
import { Verifier } from "../../src/settlement/chain/verify.ts";
import type { Reading } from "../../src/settlement/meter/meter.ts";
import { MeterRun } from "../../src/settlement/meter/run.ts";
import { sendEvidence } from "../../src/settlement/service/peers.ts";
import type { MeterFile } from "../../src/wire/settlement.ts";
import { Namespace, whyNoNamespace } from "../support/namespace.ts";
import { coins, consumer, consumerWallet, provider } from "./flows.ts";
import { linkOf, lower, pathOf, Signing, termsId } from "./traffic.ts";
import { type ValidatorProcess, ValidatorsWorld } from "./validators-world.ts";
import { wallet, whyNoChain } from "./world.ts";

/** Octets on the wire of 1,400 in a datagram: UDP and IPv6 around it. */
const PACKET = 1_448n;
/** RELAY_PACKETS=690608 is a whole 10⁹ octets. */
const PACKETS = BigInt(process.env.RELAY_PACKETS ?? 15_000);
/** What interfaces count beyond a packet: Ethernet's header; in SRv6 an outer header and a routing header of one segment. */
const ETHERNET = 14;
const ENCAP = ETHERNET + 64;
/** 2,000 units an octet over the whole path: nothing is rounded. */
const PRICE = 2_000n * 1_000_000_000n;

const MAIN = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts");
const [sea, chi] = [wallet(40), wallet(41)] as const;
const [site, far] = [consumerWallet(0), consumerWallet(1)] as const;
const log = createLogger({ level: "silent", format: "json", write: () => undefined });

/** site — sea — chi — far. Traffic goes one way; sea puts it into SRv6, chi takes it out; both count what they forward. */
const BUILD = `
set -e
for n in site sea chi far; do ip netns add $n; ip -n $n link set lo up; done
pair() { ip link add $2 netns $1 type veth peer name $4 netns $3; ip -n $1 link set $2 up; ip -n $3 link set $4 up; }
pair site e0 sea e0; pair sea e1 chi e1; pair chi e0 far e0
for n in sea chi; do ip netns exec $n sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.all.seg6_enabled=1 net.ipv6.conf.e1.seg6_enabled=1; done
a() { ip -n $1 addr add $2 dev $3 nodad; }
a site fd00:1::1/64 e0; a sea fd00:1::2/64 e0; a sea fd00:2::1/64 e1; a chi fd00:2::2/64 e1; a chi fd00:3::1/64 e0; a far fd00:3::2/64 e0
ip -n site route add default via fd00:1::2
ip -n far route add default via fd00:3::1
ip -n chi route add fd00:1::/64 via fd00:2::1
ip -n sea route add fcbb:2::/64 via fd00:2::2
ip -n sea route add fd00:3::/64 encap seg6 mode encap segs fcbb:2::d6 dev e1
ip -n chi route add fcbb:2::d6/128 encap seg6local action End.DT6 table 254 dev e1
ip -n sea link set e1 mtu 1600; ip -n chi link set e1 mtu 1600
count() { ip netns exec $1 nft "table inet m { counter path { }; chain c { type filter hook $2 priority 0; ip6 daddr fd00:3::/64 counter name path; }; }"; }
count sea prerouting; count chi forward
`;

const SEND = (packets: bigint) => `
const s = require("dgram").createSocket("udp6"), data = Buffer.alloc(1400);
let left = ${packets};
const next = () => left-- > 0 ? s.send(data, 9, "fd00:3::2", () => left % 64 ? next() : setImmediate(next)) : s.close();
s.bind(() => { try { s.setSendBufferSize(1 << 22) } catch {} next(); });`;

class Relay {
  readonly #space: Namespace;

  private constructor(space: Namespace) {
    this.#space = space;
  }

  static async open(): Promise<Relay> {
    const relay = new Relay(await Namespace.open());
    relay.#space.out(BUILD);
    // Neighbours know each other before anything is counted.
    relay.#space.out("ip netns exec site ping -6 -c 5 -i 0.2 -w 10 fd00:3::2 >/dev/null");
    return relay;
  }

  send(packets: bigint): void {
    this.#space.out(`ip netns exec site ${process.execPath} -e '${SEND(packets)}'`);
  }

  read(node: string, source: string): Reading {
    const [way = "", name = ""] = source.split(" ");
    if (way === "policy") {
      const text = this.#space.out(`ip netns exec ${node} nft list counter inet m path`);
      const [, packets = "0", octets = "0"] = /packets (\d+) bytes (\d+)/.exec(text) ?? [];
      return { packets: BigInt(packets), octets: BigInt(octets) };
    }
    const [link] = JSON.parse(this.#space.out(`ip -n ${node} -j -s link show ${name}`));
    const { packets, bytes } = link.stats64[way === "interface-in" ? "rx" : "tx"];
    return { packets: BigInt(packets), octets: BigInt(bytes) };
  }

  close(): void {
    this.#space.close();
  }
}

let [places, relay]: [ValidatorsWorld | undefined, Relay | undefined] = [undefined, undefined];
const folder = mkdtempSync(join(tmpdir(), "srwan-relay-"));
afterEach(async () => {
  relay?.close();
  await places?.end();
  rmSync(folder, { recursive: true, force: true });
  [places, relay] = [undefined, undefined];
}, 60_000);

describe("two POPs that relay for a consumer", () => {
  beforeEach(({ skip }) => {
    const why = whyNoChain() ?? whyNoNamespace();
    if (why !== undefined) skip(why);
  });

  it("are paid exactly what both ends counted; who inflates gets the lower figure and a dispute", async () => {
    const here = await ValidatorsWorld.start({ consumers: 2, providers: 2, validators: 3 });
    places = here;
    const lab = await Relay.open();
    relay = lab;
    const { world, flows } = here;
    const validators = await threeValidators(here);
    const urls = validators.map(({ url }) => url);

    const overhead = { upstreamOverheadOctets: ENCAP, downstreamOverheadOctets: ENCAP };
    const middle = { ...linkOf("sea>chi", lower(sea), lower(chi)), ...overhead };
    const plain = { upstreamOverheadOctets: ETHERNET, downstreamOverheadOctets: ETHERNET };
    const last = { ...linkOf("chi>far", lower(chi), lower(far)), ...plain };
    const path = pathOf("gold", lower(site), PRICE, [
      [lower(sea), middle],
      [lower(chi), last],
    ]);
    const one = (terms: typeof middle, name: string) => ({
      terms,
      in: [`interface-in ${name}`],
      out: [`interface-out ${name}`],
    });
    const counted = { terms: path, in: ["policy gold"], out: ["policy gold"] };
    const file = (links: MeterFile["links"], paths: MeterFile["paths"]): MeterFile => ({
      schema: "srwan.meter/1",
      links,
      paths,
      validators: urls,
    });
    let inflate = 1n;
    const meters = [
      meterOf(here, "far", far, file([one(last, "e0")], []), (source) => lab.read("far", source)),
      meterOf(here, "chi", chi, file([one(middle, "e1"), one(last, "e0")], [counted]), (source) =>
        lab.read("chi", source),
      ),
      meterOf(here, "sea", sea, file([one(middle, "e1")], [counted]), (source) => {
        const { packets, octets } = lab.read("sea", source);
        return { packets: packets * inflate, octets: octets * inflate };
      }),
    ];
    const everybodyTells = async () => {
      for (const each of meters) expect(await each.turn({ epoch: Number(world.epoch), ms: 1 })).toBe(0);
    };
    const sign = async (amount: bigint) => {
      const signing = new Signing(world.deployment);
      const voucher = signing.voucher(site, { pathId: termsId(path), epoch: world.epoch, cumulativeAmount: amount });
      for (const url of urls) expect((await sendEvidence(url, [voucher])).refused).toEqual([]);
    };
    const settle = async () => {
      const epoch = world.epoch;
      await world.toEpoch(epoch + 1n);
      await expect
        .poll(async () => (await world.readAll("Settlement", "progress", epoch)).chunks, {
          timeout: 60_000,
          interval: 200,
        })
        .toBe(1n);
      await world.look();
    };
    const books = async () => ({
      consumer: await flows.free(consumer(0)),
      sea: await flows.earned(provider(0)),
      chi: await flows.earned(provider(1)),
      validators: await world.read("Escrow", "pools", world.at("ValidatorSet")),
      dividends: await world.read("Escrow", "pools", world.at("DividendPool")),
    });

    await everybodyTells();
    const before = await books();
    lab.send(PACKETS);
    await everybodyTells();
    await sign(coins(1_000));
    await settle();
    const honest = await books();
    // Each hop carried all of it, for half of the price.
    const amount = PACKETS * PACKET * 2_000n;
    const fee = amount / 100n;
    expect(before.consumer - honest.consumer).toBe(amount);
    expect([honest.sea - before.sea, honest.chi - before.chi]).toEqual([(amount - fee) / 2n, (amount - fee) / 2n]);
    const quarter = fee / 4n;
    expect([honest.validators - before.validators, honest.dividends - before.dividends]).toEqual([
      quarter,
      fee - quarter,
    ]);

    inflate = 3n;
    lab.send(PACKETS);
    await everybodyTells();
    await sign(coins(1_000));
    await settle();
    const after = await books();
    // All that sea could gain is what both ends of its link counted beyond the path's own packets: a few neighbours' words.
    const gained = honest.consumer - after.consumer;
    expect(gained).toBeGreaterThanOrEqual(amount);
    expect(gained - amount).toBeLessThan(20n * PACKET * 1_000n);
    expect(after.chi - honest.chi).toBeLessThanOrEqual(after.sea - honest.sea);
    const answer = (await (await fetch(`${urls[0]}/v1/disputes`)).json()) as { disputes: { subject: string }[] };
    const said = answer.disputes.filter(({ subject }) => subject === termsId(middle));
    expect(said).toContainEqual(
      expect.objectContaining({
        kind: "sent more than was received",
        account: lower(sea),
        epoch: Number(world.epoch) - 1,
      }),
    );

    // What people see of it: the validator's store, beside the validator that runs.
    const files = ["--store", join(here.folder, "store-0.db"), "--deployment", join(here.folder, "chain.json")];
    const srwan = (...words: string[]) => {
      const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, ...words, ...files, "-o", "json"], {
        encoding: "utf8",
      });
      return status === 0 ? JSON.parse(stdout) : stderr;
    };
    expect(srwan("tickets", "--verify")).toMatchObject({
      checked: 2,
      wrong: 0,
      rows: [{ tickets: 1 }, { tickets: 1 }],
    });
    expect(srwan("settle", "simulate")).toMatchObject({ paths: [{ amount: String(gained) }] });
    const audited = srwan("settle", "audit", "--url", world.anvil.url);
    const right = expect.objectContaining({ chunks: 1, finding: "as the evidence says" });
    expect(audited).toMatchObject({ epochs: [right, right] });
  }, 240_000);
});

async function threeValidators(here: ValidatorsWorld): Promise<ValidatorProcess[]> {
  const made = [];
  for (let seat = 0; seat < 3; seat++) made.push(await here.process(seat));
  const urls = made.map(({ url }) => url);
  for (const [seat, one] of made.entries()) one.peers = urls.filter((_, i) => i !== seat);
  await Promise.all(made.map((one) => one.start()));
  return made;
}

function meterOf(
  here: ValidatorsWorld,
  name: string,
  by: HDNodeWallet,
  file: MeterFile,
  read: (source: string) => Reading,
): MeterRun {
  return new MeterRun({
    file,
    path: join(folder, `${name}.json`),
    signer: { wallet: by, verifier: new Verifier(here.world.deployment) },
    read: async (sources) => new Map([...sources].map((source) => [source, read(source)])),
    log,
  });
}
