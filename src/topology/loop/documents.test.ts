// What a POP is told of the other ends of its segments inside WireGuard, and of signing.

import { describe, expect, it } from "vitest";
import type { PolicySpec, Signing } from "../../wire/policy.ts";
import type { PopRecord, WireguardPort } from "../../wire/pop.ts";
import { Documents } from "./documents.ts";
import { Ground } from "./ground.ts";
import { Sids, type WanPop } from "./wan.ts";
import { SimWan } from "./wan-sim.ts";

const sim = new SimWan(
  ["a", "b", "c"],
  [
    ["a", "b", 10],
    ["b", "c", 10],
  ],
);

/** The tunnels in a's document, and whether its segments count as encrypted. */
function told(ends: Readonly<Record<string, WireguardPort>>) {
  const pops = sim.names.map((name) => {
    const record = sim.record(name);
    const wireguard = ends[name];
    const segments = record.segments.map((port) =>
      wireguard === undefined || port.to === "c" ? port : { ...port, wireguard },
    );
    return { record: { ...record, segments }, group: "core" };
  });
  const wan = sim.wan([], { pops });
  const ground = new Ground(wan);
  const documents = new Documents(wan, ground, new Sids(wan.ledger));
  const [a] = pops;
  const encrypted = ground.matrix.traitsOf(ground.id("a/t>b") ?? -1).tags;
  return { tunnels: a && documents.of(a, [], [])?.settings.tunnels, encrypted };
}

const A = { endpoint: "2001:db8:a::1", port: 1, publicKey: "of a" };
const B = { endpoint: "2001:db8:b::1", port: 2, publicKey: "of b", fresh: "half of b" };

it("is who the other end is and where, once its agent has told", () => {
  const tunnel = { device: "eth0", to: "b", publicKey: "of b", fresh: "half of b", endpoint: "2001:db8:b::1", port: 2 };
  expect(told({ a: A, b: B })).toEqual({ tunnels: [tunnel], encrypted: ["encrypted"] });
  expect(told({ a: A, b: { endpoint: B.endpoint, port: 2 } })).toEqual({ tunnels: [], encrypted: ["encrypted"] });
});

it("is nothing where no segment of its is inside WireGuard", () => {
  expect(told({})).toEqual({ tunnels: undefined, encrypted: [] });
  expect(told({ b: B })).toEqual({ tunnels: undefined, encrypted: [] });
});

const POLICY: PolicySpec = { name: "gold", from: "a", to: "c", prefixes: ["2001:db8:c::/48"] };

it.for([
  ["the narrowest where all say what fits", { a: 1_420, b: 1_400 }, 1_400],
  ["what one inside WireGuard takes, though the other says nothing", { b: 1_420 }, 1_420],
  ["nothing where none says anything", {}, undefined],
] as const)("what fits into a path is %s", ([, fits, expected]) => {
  const pops = sim.names.map((name) => {
    const mtuOctets = (fits as Readonly<Record<string, number>>)[name];
    const record = sim.record(name);
    const segments = record.segments.map((port) => (mtuOctets === undefined ? port : { ...port, mtuOctets }));
    return { record: { ...record, segments }, group: "core" };
  });
  const wan = sim.wan([POLICY], { pops });
  const ground = new Ground(wan);
  const active = ["a/t>b", "b/t>c"].map((name) => ground.id(name) ?? -1);
  const documents = new Documents(wan, ground, new Sids(wan.ledger));
  const document = documents.of(wan.pops[0] as WanPop, [{ spec: POLICY, active, backup: undefined }], []);
  expect(document?.policies[0]?.paths[0]?.mtuOctets).toBe(expected);
});

describe("a POP that is to sign", () => {
  function signed(signing?: Signing, platform: PopRecord["platform"] = "linux") {
    const pops = sim.names.map((name) => ({ record: { ...sim.record(name), platform }, group: "core" }));
    const wan = sim.wan([POLICY], { pops, ...(signing === undefined ? {} : { signing }) });
    const ground = new Ground(wan);
    const active = ["a/t>b", "b/t>c"].map((name) => ground.id(name) ?? -1);
    const documents = new Documents(wan, ground, new Sids(wan.ledger));
    const document = documents.of(wan.pops[0] as WanPop, [{ spec: POLICY, active, backup: undefined }], []);
    const [path] = document?.policies[0]?.paths ?? [];
    const { hmacKeys, settings } = document ?? {};
    const { hmacKey, back } = path ?? {};
    return { keys: hmacKeys, requires: settings?.requireHmac, hmacKey, answersChooseTheirWay: back !== undefined };
  }

  it("is none whose router forwards", () => {
    expect(signed({ keys: [1], sign: 1 }, "iosxr")).toMatchObject({ keys: [], hmacKey: undefined });
  });

  it("signs its pulses to each neighbour with keys of that pair, in the same steps", () => {
    const told = (joined: number, signing?: Signing) => {
      const pops = sim.names.map((name) => ({
        record: sim.record(name),
        group: "core",
        joinedMs: name === "b" ? joined : 1,
      }));
      const wan = sim.wan([], { pops, ...(signing === undefined ? {} : { signing }) });
      const documents = new Documents(wan, new Ground(wan), new Sids(wan.ledger));
      return wan.pops.flatMap(
        (pop) => documents.of(pop, [], [])?.peers.map(({ segment, signed }) => ({ segment, signed })) ?? [],
      );
    };
    const of = (segment: string, all: ReturnType<typeof told>) => all.find((one) => one.segment === segment)?.signed;
    expect(told(2).every(({ signed }) => signed === undefined)).toBe(true);
    const keys = [{ id: 4, secret: "-" }];
    expect(of("a/t>b", told(2, { keys: [4] }))).toEqual({ pair: "a 1 b 2", keys });
    const all = told(2, { keys: [4], sign: 4, require: true });
    expect(of("b/t>a", all)).toEqual({ pair: "a 1 b 2", keys, sign: 4, require: true });
    expect(of("b/t>c", all)?.pair).toBe("b 2 c 1");
    // Who was removed and came again, on a machine of its own or a thief's, is another.
    expect(of("a/t>b", told(3, { keys: [4] }))?.pair).toBe("a 1 b 3");
  });

  it("has keys first, by their numbers; then signs; then drops what is not signed", () => {
    const key = (id: number) => ({ id, algorithm: "sha256", secret: "-" });
    expect(signed()).toEqual({ keys: [], requires: undefined, hmacKey: undefined, answersChooseTheirWay: true });
    expect(signed({ keys: [1] })).toMatchObject({ keys: [key(1)], hmacKey: undefined, answersChooseTheirWay: true });
    // Nobody signs what the sender of an answer puts together.
    expect(signed({ keys: [1, 2], sign: 2 })).toMatchObject({ hmacKey: 2, answersChooseTheirWay: false });
    expect(signed({ keys: [1, 2], sign: 2 })).toMatchObject({ keys: [key(1), key(2)], requires: undefined });
    expect(signed({ keys: [2], sign: 2, require: true })).toMatchObject({ keys: [key(2)], hmacKey: 2, requires: true });
  });
});
