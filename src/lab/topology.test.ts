// A containerlab file becomes a lab as containerlab would have it; a broken one is told with line, field and remedy.

import { describe, expect, it } from "vitest";
import { SrwanError } from "../base/errors.ts";
import { parseIpv6, parsePrefix } from "../srv6/address.ts";
import { directionFrom, onlyKinds, PLAIN_WIRE, TRUE_CLOCK } from "./model.ts";
import { readLab } from "./topology.ts";

const read = (text: string) => readLab(text, "x.clab.yml");

function refused(text: string): SrwanError {
  try {
    read(text);
  } catch (error) {
    if (error instanceof SrwanError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

const WHOLE = `
name: demo
topology:
  defaults:
    kind: linux
    env: {COLOUR: red, SIZE: 1}
    exec: [echo all]
    labels: {srwan.transits: "north, south"}
  kinds:
    linux: {image: srwan, exec: [echo linux], sysctls: {net.ipv6.conf.all.forwarding: 1}}
  groups:
    west: {env: {COLOUR: blue}, exec: [echo west]}
  nodes:
    sea:
      group: west
      exec: [echo sea]
      labels:
        srwan.pop: sea
        srwan.city: Seattle
        srwan.lat: "47.61"
        srwan.lon: "-122.33"
        srwan.asn: 64512
        srwan.locator: fcbb:bb00:1::/48
        srwan.address: 2001:db8:1::1
        srwan.clock-offset: -3ms
        srwan.clock-drift: 20ppm
    par: {labels: {srwan.pop: par, srwan.transits: north}}
    r1: {kind: cisco_xrd, image: xrd, labels: {srwan.pop: r1}}
    bare:
  links:
    - endpoints: ["sea:eth1", "par:eth1"]
      mtu: 1500
      vars: {srwan.delay: 35ms/41ms, srwan.loss: 0.1%, srwan.rate: 100mbit/1gbit, srwan.jitter: 2ms, srwan.transit: north}
    - type: veth
      endpoints: [{node: sea, interface: eth2}, {node: r1, interface: Gi0-0-0-0}]
      labels: {srwan.delay: 250us, owner: me}
    - endpoints: ["bare:eth1", "host:veth9"]
    - type: macvlan
      endpoint: {node: bare, interface: eth2}
      host-interface: eno1
`;

describe("a containerlab file", () => {
  const lab = read(WHOLE);
  const node = (name: string) => lab.nodes.find((candidate) => candidate.name === name);

  it("gives each node what defaults, its kind and its group say, weakest first", () => {
    expect(node("sea")?.exec).toEqual(["echo all", "echo linux", "echo west", "echo sea"]);
    expect(node("sea")?.env).toEqual({ COLOUR: "blue", SIZE: "1" });
    expect(node("bare")).toMatchObject({ kind: "linux", image: "srwan", exec: ["echo all", "echo linux"] });
    expect(node("bare")?.sysctls).toEqual({ "net.ipv6.conf.all.forwarding": "1" });
    expect(node("r1")).toMatchObject({ kind: "cisco_xrd", image: "xrd", sysctls: {}, exec: ["echo all"] });
  });

  it("takes a node's kind from its group before the defaults", () => {
    const text =
      "name: x\ntopology:\n  defaults: {kind: linux}\n  groups: {g: {kind: bridge}}\n  nodes: {a: {group: g}, b: {}}";
    expect(read(text).nodes.map((n) => n.kind)).toEqual(["bridge", "linux"]);
  });

  it("reads where a POP is and how its clock goes wrong", () => {
    expect(node("sea")?.pop).toEqual({
      name: "sea",
      city: "Seattle",
      place: { latitude: 47.61, longitude: -122.33 },
      asn: 64512,
      locator: parsePrefix("fcbb:bb00:1::/48"),
      transits: ["north", "south"],
    });
    expect(node("sea")?.address).toBe(parseIpv6("2001:db8:1::1"));
    expect(node("sea")?.clock).toEqual({ offsetUs: -3_000, driftPpm: 20 });
    expect(node("par")?.clock).toEqual(TRUE_CLOCK);
    expect(node("par")?.pop).toEqual({ name: "par", transits: ["north"] });
  });

  it("reads what each direction of a link does, from either form", () => {
    expect(lab.links[0]).toEqual({
      a: { node: "sea", interface: "eth1" },
      b: { node: "par", interface: "eth1" },
      aToB: { delayUs: 35_000, jitterUs: 2_000, lossPpm: 1_000, rateBps: 100_000_000 },
      bToA: { delayUs: 41_000, jitterUs: 2_000, lossPpm: 1_000, rateBps: 1_000_000_000 },
      mtuOctets: 1500,
      transit: "north",
    });
    expect(lab.links[1]).toMatchObject({
      aToB: { ...PLAIN_WIRE, delayUs: 250 },
      bToA: { ...PLAIN_WIRE, delayUs: 250 },
    });
    expect(directionFrom(lab, "par:eth1")?.does.delayUs).toBe(41_000);
    expect(directionFrom(lab, "par:eth7")).toBeUndefined();
  });

  it("names what no namespace can hold", () => {
    expect(lab.notBuilt).toEqual([
      "link 3: host is the machine itself",
      "link 4: type macvlan does not join two nodes",
    ]);
    const { lab: linux, leftOut } = onlyKinds(lab, ["linux"]);
    expect(leftOut.map((n) => n.name)).toEqual(["r1"]);
    expect([linux.nodes.length, linux.links.length]).toEqual([3, 1]);
  });
});

const lab = (links: string, nodes = "a: {kind: linux}\n    b: {kind: linux}\n    c7: {kind: linux}") =>
  `name: x\ntopology:\n  nodes:\n    ${nodes}\n  links:\n    ${links}\n`;
const ab = (vars: string) => lab(`- endpoints: ["a:eth1", "b:eth1"]\n      vars:\n        ${vars}`);
const pop = (labels: string) =>
  `name: x\ntopology:\n  nodes:\n    a:\n      kind: linux\n      labels:\n        ${labels}\n`;

describe("a broken file", () => {
  it.each([
    [
      "an unknown node",
      lab('- endpoints: ["a:eth1", "c8:eth1"]'),
      "x.clab.yml:8: topology.links[0].endpoints[1] = c8 is no node of this file",
      "Did you mean c7?",
    ],
    [
      "a node twice",
      lab('- endpoints: ["a:eth1", "b:eth1"]', "a: {kind: linux}\n    a: {kind: linux}"),
      "x.clab.yml:5: a is there twice",
      "Give each a name of its own",
    ],
    [
      "an interface twice",
      lab('- endpoints: ["a:eth1", "b:eth1"]\n    - endpoints: ["c7:eth1", "a:eth1"]'),
      "x.clab.yml:9: topology.links[1].endpoints[1]: a:eth1 is used by link 1 already",
      "interfaces of its own",
    ],
    [
      "no kind",
      "name: x\ntopology:\n  nodes:\n    a: {image: y}\n",
      "x.clab.yml:4: topology.nodes.a has no kind",
      "Add kind: linux",
    ],
    [
      "a kind by a typing slip",
      "name: x\ntopology:\n  nodes:\n    a:\n      kind: linx\n",
      "x.clab.yml:5: topology.nodes.a.kind = linx",
      "Did you mean linux?",
    ],
    [
      "a link to itself",
      lab('- endpoints: ["a:eth1", "a:eth2"]'),
      "x.clab.yml:8: topology.links[0] joins a to itself",
      "two nodes",
    ],
    [
      "a long interface",
      lab('- endpoints: ["a:ethernet-to-frankfurt", "b:eth1"]'),
      "has more than 15 characters",
      "shorter name",
    ],
    [
      "an interface that is none",
      lab('- endpoints: ["a:lo", "b:eth1"]'),
      '"lo" is no name of a link\'s interface',
      "eth1",
    ],
    ["an end without interface", lab('- endpoints: ["a", "b:eth1"]'), '= "a" names no interface', "node:eth1"],
    [
      "an end with a wrong field",
      lab("- endpoints: [{node: a, iface: eth1}, {node: b, interface: eth1}]"),
      "x.clab.yml:8: topology.links[0].endpoints[0] ",
      "node: and interface:",
    ],
    ["three ends", lab('- endpoints: ["a:eth1", "b:eth1", "c7:eth1"]'), "has 3 ends, not 2", "endpoints"],
    [
      "a lab name that is none",
      "name: my lab\ntopology: {nodes: {a: {kind: linux}}}",
      'x.clab.yml:1: name = "my lab" is no name',
      "Begin with",
    ],
    [
      "a node name that is none",
      "name: x\ntopology:\n  nodes:\n    -a: {kind: linux}",
      "x.clab.yml:4: topology.nodes.-a is no name of a node",
      "Begin with",
    ],
    ["a field at the top by a typing slip", "nam: x\ntopology: {nodes: {a: {kind: linux}}}", "x.clab.yml:1", /name/],
    [
      "a node that is a number",
      "name: x\ntopology:\n  nodes:\n    a: 5",
      "x.clab.yml:4: topology.nodes.a = 5 must be",
      /.+/,
    ],
    [
      "a delay without unit",
      ab("srwan.delay: 35"),
      'x.clab.yml:10: topology.links[0].vars.srwan.delay: duration "35" cannot be read',
      "80ms",
    ],
    ["a delay in three directions", ab("srwan.delay: 1ms/2ms/3ms"), "has more than two values", "both directions"],
    ["a delay beyond sense", ab("srwan.delay: 1h"), "srwan.delay = 1h is too long", "10s or less"],
    [
      "more jitter than delay",
      ab("srwan.delay: 5ms/1ms\n        srwan.jitter: 2ms"),
      "x.clab.yml:11: topology.links[0].vars.srwan.jitter = 2ms is more than the delay",
      "up to the delay",
    ],
    ["a loss above all", ab("srwan.loss: 120%"), 'share "120%" cannot be read', "0% to 100%"],
    ["a rate of nothing", ab("srwan.rate: 1bit"), "srwan.rate = 1bit is too little", "1kbit"],
    [
      "a label by a typing slip",
      ab("srwan.dealy: 5ms"),
      "srwan.dealy is no label of a link",
      "Did you mean srwan.delay?",
    ],
    [
      "a POP label without POP",
      pop("srwan.city: Rome"),
      "x.clab.yml:7: topology.nodes.a.labels.srwan.city is for POPs",
      "Add srwan.pop",
    ],
    [
      "half a place",
      pop("srwan.pop: a\n        srwan.lat: 40"),
      "srwan.lat has no srwan.lon beside it",
      "Add srwan.lon",
    ],
    [
      "a place off the globe",
      pop("srwan.pop: a\n        srwan.lat: 140\n        srwan.lon: 0"),
      "= 140 is no number from -90 to 90",
      "Correct",
    ],
    [
      "a locator with host bits",
      pop("srwan.pop: a\n        srwan.locator: fc00::1/48"),
      "x.clab.yml:8: topology.nodes.a.labels.srwan.locator:",
      "host bits",
    ],
    ["a clock by a guess", pop("srwan.clock-offset: 3"), 'duration "3" cannot be read', "80ms"],
    [
      "a transit that the POP lacks",
      lab(
        '- endpoints: ["a:eth1", "b:eth1"]\n      vars: {srwan.transit: nroth}',
        "a: {kind: linux, labels: {srwan.pop: a, srwan.transits: north}}\n    b: {kind: linux}",
      ),
      "srwan.transit = nroth is no transit of a",
      "Did you mean north?",
    ],
    [
      "two POPs of one name",
      lab("[]", "a: {kind: linux, labels: {srwan.pop: p}}\n    b: {kind: linux, labels: {srwan.pop: p}}"),
      "x.clab.yml:5: topology.nodes.b has the POP name p of a",
      "its own",
    ],
    [
      "two nodes of one address",
      lab(
        "[]",
        'a: {kind: linux, labels: {srwan.address: "fc00::1"}}\n    b: {kind: linux, labels: {srwan.address: "fc00:0::1"}}',
      ),
      "has the address fc00::1 of a",
      "its own",
    ],
    [
      "a locator inside another",
      lab(
        "[]",
        'a: {kind: linux, labels: {srwan.pop: a, srwan.locator: "fc00::/40"}}\n    b: {kind: linux, labels: {srwan.pop: b, srwan.locator: "fc00:0:1::/48"}}',
      ),
      "x.clab.yml:5: topology.nodes.b has the locator fc00:0:1::/48, which lies in that of a",
      "locator of its own",
    ],
  ])("with %s", (_what, text, message, remedy) => {
    const error = refused(text);
    expect(error.code).toBe("LAB_INVALID");
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/^x\.clab\.yml:\d+: /);
    expect(error.remedy).toMatch(remedy);
  });

  it("in its defaults names the line of the defaults", () => {
    const text =
      "name: x\ntopology:\n  defaults:\n    kind: linux\n    labels:\n      srwan.pop: a\n      srwan.asn: x\n  nodes:\n    a:\n";
    expect(refused(text).message).toContain("x.clab.yml:7: topology.defaults.labels.srwan.asn");
  });
});
