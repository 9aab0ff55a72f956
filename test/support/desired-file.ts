// A desired file with a little of everything, line by line as tests count them.

export const DESIRED_FILE = `version: 1
domain:
  blocks: ["fcbb:bb00::/32"]
  segments: [seg-a]
  management: [192.0.2.0/24]
tunnelSource: "fcbb:bb00:1::"
hmacKeys:
  - { id: 17, secret: never-shown }
tenants:
  - { name: blue, table: 1001 }
localSids:
  - { sid: "fcbb:bb00:1::/48", behavior: End, nextCsid: { blockBits: 32, nodeFunctionBits: 16 } }
  - { sid: "fcbb:bb00:1:e000::", behavior: End.X, nexthop: fe80::1, device: seg-a, psp: true }
  - { sid: "fcbb:bb00:1:d000::", behavior: End.DT46, tenant: blue }
  - { sid: "fcbb:bb00:1:d001::", behavior: End.DT6, table: 254, counted: false }
policies:
  - name: gold
    paths:
      - { name: north, segments: ["fcbb:bb00:2::", "fcbb:bb00:3::"], weight: 3 }
      - { name: south, segments: ["fcbb:bb00:4::"], mode: encap, hmacKey: 17 }
    backup: { name: direct, segments: ["fcbb:bb00:3::"], mode: encap }
    bindingSid: "fcbb:bb00:1:b000::"
steering:
  - { policy: gold, prefixes: [10.0.0.0/8, "2001:db8::/32"] }
  - { policy: gold, classes: [{ dscp: 46 }] }
`;

/** The file with a part of it replaced by another; the part must be there. */
export function desiredWith(part: string, by: string): string {
  if (!DESIRED_FILE.includes(part)) throw new Error(`the file has no ${part}`);
  return DESIRED_FILE.replace(part, () => by);
}
