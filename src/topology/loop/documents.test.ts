// What a POP is told of the other ends of its segments inside WireGuard.

import { expect, it } from "vitest";
import type { WireguardPort } from "../../wire/pop.ts";
import { Documents } from "./documents.ts";
import { Ground } from "./ground.ts";
import { Sids } from "./wan.ts";
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
