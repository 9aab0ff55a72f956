// What is read of `wg` and `ip`, what of it is not as it was made, and what is said of a tunnel that is silent.

import { describe, expect, it } from "vitest";
import type { WireTunnel } from "../../wire/desired.ts";
import type { Device } from "./plan.ts";
import { isJoined, type Made, misfits, type SeenLink, type Silence, seenOf, whySilent } from "./seen.ts";

const [OWN, THEIRS, SHARED] = ["b3du", "dGhlaXJz", "c2hhcmVk"];
const device: Device = {
  ...{ name: "wg0", to: "chi", transit: "alder", listenPort: 51_820, local: "fd00::1", nexthop: "fd00::2" },
  mtuOctets: 1_420,
};
const peer: WireTunnel = { device: "wg0", to: "chi", publicKey: THEIRS, endpoint: "2001:db8::2", port: 9 };
const made: Made = { device, publicKey: OWN, peer, sharedKey: SHARED };

const line = (...fields: readonly (string | number)[]): string => `${fields.join("\t")}\n`;
const DUMP = [
  line("wg0", "private", OWN, 51_820, "off"),
  line("wg0", THEIRS, SHARED, "[2001:db8::2]:9", "::/0,0.0.0.0/0", 1_700_000_000, 148, 92, "off"),
  line("wg1", "private", OWN, 51_821, "0x7"),
  line("wg1", THEIRS, "(none)", "(none)", "(none)", 0, 0, 0, 25),
  // Of wireguard-go in another namespace.
  line("wg9", "private", OWN, 1, "off"),
].join("");
const LINKS = JSON.stringify([
  { ifname: "lo", flags: ["LOOPBACK", "UP"], mtu: 65_536 },
  { ifname: "wg0", flags: ["POINTOPOINT", "UP"], mtu: 1_420, ifalias: "srwan-agent" },
  { ifname: "wg1", flags: [], mtu: 1_420 },
  {},
]);
const seen = seenOf(LINKS, DUMP);

describe("what is seen", () => {
  it("is of this namespace: its interfaces, and who shook hands when", () => {
    expect([...seen.keys()]).toEqual(["lo", "wg0", "wg1"]);
    expect(seen.get("lo")?.wireguard).toBeUndefined();
    expect(seen.get("wg0")).toMatchObject({
      alias: "srwan-agent",
      wireguard: { listenPort: 51_820, peers: [{ handshakeMs: 1_700_000_000_000, receivedOctets: 148n }] },
    });
    expect(seen.get("wg1")?.wireguard?.peers[0]?.handshakeMs).toBeUndefined();
  });

  it("may be nothing at all", () => {
    expect(seenOf("", "").size).toBe(0);
  });
});

describe("what somebody changed", () => {
  const changed = (link: Partial<SeenLink>, of: Partial<NonNullable<SeenLink["wireguard"]>> = {}): string => {
    const before = seen.get("wg0") as SeenLink;
    const wireguard = before.wireguard && { ...before.wireguard, ...of };
    return misfits({ ...before, wireguard, ...link }, made).join("; ");
  };
  const [other] = seen.get("wg0")?.wireguard?.peers ?? [];
  const peers = (more: object) => ({ peers: other === undefined ? [] : [{ ...other, ...more }] });

  it("is nothing where all is as it was made", () => {
    expect(changed({})).toBe("");
    expect(isJoined(seen.get("wg0"), peer)).toBe(true);
    expect(isJoined(seen.get("wg0"), { ...peer, port: 10 })).toBe(false);
  });

  it.for([
    ["down", changed({ up: false }), /was down/],
    ["narrower", changed({ mtuOctets: 1_280 }), /MTU was 1280, not 1420/],
    ["somebody else", changed({}, { publicKey: "x" }), /its key/],
    ["elsewhere", changed({}, { listenPort: 1 }), /its port/],
    ["of no such kind", changed({ wireguard: undefined }), /its key.*its peer/],
    ["without its peer", changed({}, { peers: [] }), /its peer was another/],
    ["shut to SIDs", changed({}, peers({ allowedIps: ["fd00::2/128"] })), /might not send everything/],
    ["given another shared key", changed({}, peers({ sharedKey: "(none)" })), /shared key/],
    ["gone", misfits(undefined, made).join(), /gone/],
  ] as const)("is named: a device that is %s", ([, said, expected]) => {
    expect(said).toMatch(expected);
  });

  it("is not what has not been given yet", () => {
    expect(misfits(seen.get("wg0"), { ...made, sharedKey: undefined })).toEqual([]);
    const bare = seenOf(LINKS, line("wg0", "private", OWN, 51_820, "off"));
    expect(misfits(bare.get("wg0"), { ...made, peer: undefined, sharedKey: undefined })).toEqual([]);
  });

  it("is a peer that the service does not name", () => {
    const without = { ...made, peer: undefined, sharedKey: undefined };
    expect(misfits(seen.get("wg0"), without)).toEqual(["it had a peer that the service does not name"]);
  });
});

describe("of a silent tunnel is said", () => {
  const silence: Silence = { device, peer, trouble: "", handshakeAgoMs: 200_000, hears: false, looks: 1 };

  it.for([
    ["who has not told its key", { peer: undefined }, /^chi has told no key yet: see that its agent runs/],
    ["why its device does not stand", { trouble: "wg is not installed" }, /^wg0 does not stand: wg is not installed$/],
    ["that hands were never shaken", { handshakeAgoMs: undefined }, /no hands with chi at \[2001:db8::2\]:9 yet.*UDP/],
    ["since when, and what to look at", {}, /nothing from chi at .* 3 min ago: see that UDP .* the key it told$/],
    ["the time in seconds while it is short", { handshakeAgoMs: 7_400 }, / 7 s ago/],
    ["that it is not the tunnel", { hears: true, looks: 2 }, /shakes hands with chi and hears it.*pulses/],
    ["nothing while it still heard something since the look before", { hears: true }, /^$/],
  ] as const)("%s", ([, more, expected]) => {
    expect(whySilent({ ...silence, ...more }).why).toMatch(expected);
  });
});
