// Each kind of mistake in a desired file: the error names file, line, field and value, and says what to do.

import { describe, expect, it } from "vitest";
import { desiredWith } from "../../test/support/desired-file.ts";
import { refusal } from "../../test/support/outcome.ts";
import { readDesired } from "./desired.ts";

const END = "behavior: End, nextCsid: { blockBits: 32, nodeFunctionBits: 16 }";
const BACKUP = 'backup: { name: direct, segments: ["fcbb:bb00:3::"], mode: encap }';

/** What is written, what is written instead, line and message, remedy. */
type Row = readonly [string, string, string, string];

const FORM: readonly Row[] = [
  ["policies:", "polices:", "16: polices is no field of this format", "Did you mean policies?"],
  ["weight: 3", "wieght: 3", "19: policies[0].paths[0].wieght is no field of this", "Did you mean weight?"],
  ["backup:", "bindingSid: x\n    backup:", "23: bindingSid is there twice", "keep one"],
  ["version: 1\n", "", "1: the file must have required properties version", "The version of this format: 1."],
  ["version: 1", "version: 2", "1: version = 2 must be equal", "The version of this format: 1."],
  ["table: 1001", "table: main", '10: tenants[0].table = "main" must be integer', "Its routing table."],
  ["table: 1001", "table: .inf", "10: tenants[0].table = Infinity must be integer", "Its routing table."],
  ["weight: 3", "weight: 257", "19: policies[0].paths[0].weight = 257 must be <= 256", "1 to 256"],
  ["name: blue", "name: b lue", '10: tenants[0].name = "b lue" must match pattern', "characters"],
  ['["fcbb:bb00:4::"]', "[]", "20: policies[0].paths[1].segments = [] must not", "SID list"],
  ["mode: encap,", "mode: encap.rd,", 'mode = "encap.rd" is none of encap, encap.red, inline,', "mean encap.red?"],
  ["End.DT46", "Decap", '14: localSids[2].behavior = "Decap" is none of End, End.X,', "Use one of End, End.X,"],
  ["[seg-a]", '["seg a"]', '4: domain.segments[0] = "seg a" must match', "15 characters"],
  ["[seg-a]", "['a\"; flush']", '4: domain.segments[0] = "a\\"; flush" must match', "A device"],
  ['["fcbb:bb00:4::"]', '["fcbb:bb00:4::"', "neither YAML nor JSON", "Correct the line."],
  ['"fcbb:bb00:1:b000::"', "fcbb:bb00:1:b000::", "22: ", "in quotes"],
  ["table: 1001", "table: *t", "10: the file cannot be read: an alias stands for nothing", "Write out"],
  [
    "tenants:\n",
    "tenants: &t\n  - *t\n",
    "10: the file cannot be read: an alias stands for what it is in",
    "Write out",
  ],
  ["tenants:", "---\ntenants:", "9: neither YAML nor JSON: ", "Correct the line."],
];

const ADDRESSES: readonly Row[] = [
  ["bb00::/32", "bb00::1/32", '3: domain.blocks[0]: prefix "fcbb:bb00::1/32" cannot be read', "fcbb:bb00::/32?"],
  ['"fcbb:bb00::/32"', "10.0.0.0/8", "3: domain.blocks[0] = 10.0.0.0/8 is IPv4, and SIDs are IPv6", "IPv6 prefix"],
  ["00:1:e000::", "01:1:e000::", "13: localSids[1].sid = fcbb:bb01:1:e000::/128 lies in no", "fcbb:bb00::/32"],
  ['"fcbb:bb00:1:e000::"', "10.1.1.1", "13: localSids[1].sid = 10.1.1.1/32 lies in no block", "fcbb:bb00::/32"],
  ["bb00:4::", "bb00:4", '20: policies[0].paths[1].segments[0]: IPv6 address "fcbb:bb00:4" cannot', "2001:db8::1"],
  ["fe80::1", "fe80", '13: localSids[1].nexthop: IPv6 address "fe80" cannot be read', "2001:db8::1"],
  ['"fcbb:bb00:1::"', "10.0.0.1", '6: tunnelSource: IPv6 address "10.0.0.1" cannot be read', "2001:db8::1"],
  ["192.0.2.0/24", "192.0.2.1/24", '5: domain.management[0]: prefix "192.0.2.1/24" cannot', "192.0.2.0/24?"],
  ["10.0.0.0/8", "10/8", '24: steering[0].prefixes[0]: prefix "10/8" cannot be read', "192.0.2.0/24"],
  ["fcbb:bb00:1:b000::", "fc00::1", "22: policies[0].bindingSid = fc00::1/128 lies in no block", "fcbb:bb00::/32"],
  ['"2001:db8::/32"', "10.0.0.0/8", "24: steering[0].prefixes[1] = 10.0.0.0/8 is steered already", "another metric"],
];

const BEHAVIORS: readonly Row[] = [
  ["nexthop: fe80::1, ", "", "13: localSids[1]: End.X needs nexthop", "Add nexthop."],
  ["End.DT46, tenant: blue", "End.DT46", "14: localSids[2]: End.DT46 needs tenant", "Add tenant."],
  ["End.DT6, table: 254", "End.DT6", "15: localSids[3]: End.DT6 needs table or tenant", "Add table or tenant."],
  ["End.DT6, table: 254", "End.B6.Encaps", "15: localSids[3]: End.B6.Encaps needs segments", "Add segments."],
  ["tenant: blue", "tenant: blue, table: 5", "14: localSids[2].table is not for End.DT46", "it is for End.T, End.DT6."],
  ["tenant: blue", "tenant: blue, psp: true", "14: localSids[2].psp is not for End.DT46", "it is for End, End.X."],
  ["table: 254,", "table: 254, tenant: blue,", "15: localSids[3].table and tenant are both", "one of the two"],
  ["tenant: blue", "tenant: blu", "14: localSids[2].tenant = blu is no tenant of this file", "Did you mean blue?"],
  [END, END.replace("16", "32"), "12: localSids[0].nextCsid: block and CSID are 64 bits, and", "prefix of 64 bits"],
  [END, END.replace("16", "120"), "12: localSids[0].nextCsid: block and CSID are 152 bits", "shorter lengths"],
];

const NAMES: readonly Row[] = [
  ["1:d001::", "1:d000::", '15: localSids[3] repeats the SID "fcbb:bb00:1:d000::/128"', "of its own"],
  ["1:b000::", "1:d000::", '22: policies[0].bindingSid repeats the SID "fcbb:bb00:1:d000::/128"', "of its own"],
  ["table: 1001", "table: 254", "10: tenants[0].table = 254 is a table that all share", "of its own"],
  ["1001 }", "1001 }\n  - { name: blue, table: 2 }", '11: tenants[1] repeats the name "blue"', "of its own"],
  ["shown }", "shown }\n  - { id: 17, secret: x }", '9: hmacKeys[1] repeats the id "17"', "of its own"],
  ["hmacKey: 17", "hmacKey: 18", "20: policies[0].paths[1].hmacKey = 18 is no key of this file", "hmacKeys"],
  ["encap, hmacKey", "encap.red, hmacKey", "20: policies[0].paths[1].mode = encap.red sends one SID", "mode: encap."],
  ["name: south", "name: north", '20: policies[0].paths[1] repeats the name "north"', "of its own"],
  ["name: direct", "name: north", "21: policies[0].backup.name = north is the name of a path", "of its own"],
  [BACKUP, "active: backup", "21: policies[0].active = backup, and there is no backup", "leave active out"],
  ["policy: gold", "policy: golf", "24: steering[0].policy = golf is no policy of this file", "Did you mean gold?"],
  ["classes: [{ dscp: 46 }]", "metric: 5", "25: steering[1] steers nothing", "Give prefixes, classes, or both."],
  ["dscp: 46", "destinationPort: 443", "25: steering[1].classes[0].destinationPort has no protocol", "tcp or udp"],
  ["dscp: 46", "source: 10.0.0.0/8, destination: fc00::/7", "25: steering[1].classes[0]: from IPv4 to", "one family"],
];

describe.each([
  ["its form", FORM],
  ["its addresses", ADDRESSES],
  ["its behaviors", BEHAVIORS],
  ["its names", NAMES],
])("a mistake in %s", (_of, rows) => {
  it.each(rows)("%j → %j: %s", (part, by, message, remedy) => {
    const error = refusal("DESIRED_INVALID", () => readDesired(desiredWith(part, by), "pop.yaml"));
    expect(error.message).toMatch(/^pop\.yaml:\d+: /);
    expect(error.message.replace("pop.yaml:", "")).toContain(message);
    expect(error.remedy).toContain(remedy);
    expect(error.details).toMatchObject({ file: "pop.yaml", line: Number(/\d+/.exec(error.message)) });
  });
});

describe("a secret is never shown", () => {
  const KEY = "{ id: 17, secret: never-shown }";
  it.each([
    ["in its place", KEY, "{ id: 17, secret: [never-shown] }"],
    ["beside a mistake", "id: 17", "id: 0"],
    ["beside a field too many", KEY, "{ id: 17, secret: never-shown, age: 3 }"],
    ["without its list", `\n  - ${KEY}`, ` ${KEY}`],
    ["without its field", KEY, "never-shown"],
    ["taken for an alias", "secret: never", "secret: *never"],
    ["broken", "secret: never", 'secret: "a" never'],
    ["in no token at all", KEY, "@{ id: 17, secret: never-shown }"],
    ["in a field's name", KEY, "{ [never-shown]: 17 }"],
    ["too long", "never-shown", "never-shown".repeat(6)],
  ])("%s", (_where, part, by) => {
    const error = refusal("DESIRED_INVALID", () => readDesired(desiredWith(part, by), "pop.yaml"));
    expect(`${error.message} ${error.remedy} ${JSON.stringify(error)}`).not.toContain("never-shown");
  });
});
