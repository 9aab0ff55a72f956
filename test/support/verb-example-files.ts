// Files that examples in help name, as a reader would have them.

/** An SRH at its last SID, alone; the help of `srwan srh decode` shows the same. */
const SRH = "2902040000000000fcbbbb00000200000000000000000000";
const IPV6_NOTHING = `60000000${"0000"}3b40${"20010db8000a0000000000000000000120010db8000b00000000000000000001"}`;
const PACKET = Buffer.from(
  `60000000${"0040"}2b40${"20010db8000100000000000000000001fcbbbb00000200000000000000000000"}${SRH}${IPV6_NOTHING}`,
  "hex",
);

/** A capture of one packet, of raw IP. */
function capture(packet: Uint8Array): Uint8Array {
  const head = Buffer.alloc(40);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(101, 20);
  head.writeUInt32LE(1_795_276_800, 24);
  head.writeUInt32LE(packet.length, 32);
  head.writeUInt32LE(packet.length, 36);
  return Buffer.concat([head, packet]);
}

const member = (name: string, last: number): string => `  - {name: ${name}, address: 127.0.9.${last}, port: 20862}\n`;

/** By name. */
export const EXAMPLE_FILES = {
  "seen.pcap": capture(PACKET),
  "pop.yaml": `version: 1
domain: { blocks: ["fcbb:bb00::/32"], segments: [seg-a] }
tunnelSource: "2001:db8:f::1"
localSids:
  - { sid: "fcbb:bb00:1::", behavior: End }
policies:
  - name: gold
    paths: [{ name: north, segments: ["fcbb:bb00:2::", "fcbb:bb00:3::"] }]
steering:
  - { policy: gold, prefixes: ["2001:db8:b::/48"] }
`,
  "junos.yaml": `intents:
  - { kind: locator, name: sea, prefix: "fcbb:bb00:1::/48", format: usid }
  - { kind: queue, name: gold, device: et-0/0/0, dscp: [46], rateBps: 100000000 }
`,
  "wan.clab.yml": `name: wan
topology:
  nodes:
    a: { kind: linux }
    b: { kind: linux }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
`,
  "core.yaml": `version: 1\nname: core\ninterval: 50ms\nmembers:\n${member("sea", 1)}${member("chi", 2)}${member("lon", 3)}`,
  "alone.yaml":
    "version: 1\nname: alone\nmembers:\n  - {name: sea, address: 192.0.2.1, port: 20862}\n  - {name: chi, address: 192.0.2.2}\n",
  "pulse.key": `${"0f".repeat(32)}\n`,
  "interfaces.xml": '<services xmlns="urn:srwan:test"/>\n',
  "locators.xml": '<services xmlns="urn:srwan:test"/>\n',
  "locator.xml": '<services xmlns="urn:srwan:test"><service><name>sea</name><rate>1</rate></service></services>\n',
  "get-schema.xml":
    '<get-schema xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"><identifier>srwan-test</identifier></get-schema>\n',
  "p.yaml": `name: yvr
platform: linux
site: Vancouver
latitude: 49.2
longitude: -123.1
transits: [{ name: alder, asn: 64500 }]
segments:
  - { transit: alder, to: sea, device: eth1, nexthop: "2001:db8:11::2", local: "2001:db8:11::1", mtuOctets: 1420 }
address: "2001:db8:99::1"
`,
  "meter.yaml": `schema: srwan.meter/1
validators: ["http://127.0.0.1:7178"]
links:
  - terms:
      kind: link
      name: sea/alder>chi
      ends: ["0x1111111111111111111111111111111111111111", "0x2222222222222222222222222222222222222222"]
      upstreamOverheadOctets: 0
      downstreamOverheadOctets: 60
      lossPpm: 20000
      underWayPackets: 1000
    in: [interface-in lo]
    out: [interface-out lo]
paths: []
`,
} as const;
