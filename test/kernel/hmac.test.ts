// Signed routing headers, and the other things that a kernel lets only real root set.

import { describe, expect } from "vitest";
import { parseIpv4, parseIpv6 } from "../../src/srv6/address.ts";
import type { Desired, HmacKey } from "../../src/srv6/model.ts";
import { parseSid } from "../../src/srv6/sid.ts";
import { IDLE, local, path, policy, steer } from "./build.ts";
import type { Frame } from "./frames.ts";
import { it } from "./lab.ts";
import { kernelFindings, lacks } from "./needs.ts";
import { captured, deliver, onEach, SR_NODES } from "./traffic.ts";
import { EAST_GATEWAY, eastAddress, PORT, type SrNode, sidAt, type World } from "./world.ts";

const lacking = lacks(await kernelFindings(["kernel.hmac"]), "kernel.hmac");
const KEY: HmacKey = { id: 7, algorithm: "sha256", secret: "of the whole domain" };
const OTHERS: HmacKey = { id: 8, algorithm: "sha256", secret: "of the ingress alone" };
const SOURCE = parseSid("fcbb:bb00:1000::");

const LIST = [sidAt("relay1", 1), sidAt("relay2", 1)];
const [EXIT4, EXIT6] = [sidAt("egress", 4), sidAt("egress", 6)];
const WAYS = ["signed", "signed.red", "forged", "bare"] as const;
type Way = (typeof WAYS)[number];
/** The addresses behind each way, IPv4 and IPv6. */
const addressesOf = (way: Way): string[] =>
  ([4, 6] as const).map((family) => eastAddress(family, 1 + WAYS.indexOf(way)));

function desiredOf(node: SrNode): Desired {
  if (node === "relay1")
    return { ...IDLE, hmacKeys: [KEY, { ...OTHERS, secret: "something else" }], localSids: [end(0)] };
  if (node === "relay2") return { ...IDLE, hmacKeys: [KEY], localSids: [end(1)] };
  if (node === "egress") {
    const dx4 = local(EXIT4, { action: "End.DX4", nexthop: parseIpv4(EAST_GATEWAY[4]) });
    const dx6 = local(EXIT6, { action: "End.DX6", nexthop: parseIpv6(EAST_GATEWAY[6]) });
    return { ...IDLE, hmacKeys: [KEY], localSids: [dx4, dx6] };
  }
  const names = WAYS.flatMap((way) => [4, 6].map((family) => `${way}-${family}`));
  const key: Readonly<Record<Way, { readonly hmacKeyId?: number }>> = {
    signed: { hmacKeyId: 7 },
    "signed.red": { hmacKeyId: 7 },
    forged: { hmacKeyId: 8 },
    bare: {},
  };
  return {
    ...IDLE,
    tunnelSource: SOURCE,
    hmacKeys: [KEY, OTHERS],
    policies: names.map((name) => {
      const [way, family] = name.split("-") as [Way, string];
      const segments = [...LIST, family === "4" ? EXIT4 : EXIT6];
      return policy(name, [
        { ...path("only", segments, 1, way === "signed.red" ? "encap.red" : "encap"), ...key[way] },
      ]);
    }),
    steering: names.map((name) => {
      const [way, family] = name.split("-") as [Way, string];
      return steer(
        name,
        addressesOf(way).filter((address) => address.includes(":") === (family === "6")),
      );
    }),
  };
}

const end = (i: 0 | 1) => local(LIST[i] as (typeof LIST)[number], { action: "End" });

async function send(world: World) {
  await onEach(SR_NODES, async (node) => {
    expect((await world.at(node).ask("apply", desiredOf(node))).troubles).toEqual([]);
  });
  for (const [node, device] of [
    ["relay1", "core1"],
    ["relay2", "upper"],
    ["egress", "core2"],
  ] as const) {
    await world.at(node).ask("sysctl", { [`net/ipv6/conf/${device}/seg6_require_hmac`]: 1 });
  }
  const datagrams = WAYS.flatMap((way) => addressesOf(way).map((to) => ({ to, port: PORT, text: way })));
  return captured(world, async () => {
    return deliver(world, datagrams, 4);
  });
}

const tlvsOf = ({ layers }: Frame) => layers.flatMap((layer) => (layer.kind === "srh" ? layer.srh.tlvs : []));

describe("real root", () => {
  it("signs headers that relays verify, which drop what is not signed or not with their key", async ({
    world,
    skip,
  }) => {
    if (lacking !== undefined) skip(lacking);
    const { frames, disagreements, result: heard } = await send(world);
    expect(disagreements).toEqual([]);
    expect(heard.toSorted()).toEqual(["signed", "signed", "signed.red", "signed.red"]);
    expect(frames.core1.map(({ text }) => text).toSorted()).toEqual(WAYS.flatMap((way) => [way, way]).toSorted());
    for (const link of ["upper", "core2"] as const) {
      expect(frames[link].map(({ text }) => text).toSorted()).toEqual(["signed", "signed", "signed.red", "signed.red"]);
    }
    for (const frame of [...frames.core1, ...frames.upper, ...frames.core2]) {
      const keyId = { signed: 7, "signed.red": 7, forged: 8, bare: undefined }[frame.text];
      expect(tlvsOf(frame).map((tlv) => tlv.kind === "hmac" && tlv.keyId)).toEqual(keyId === undefined ? [] : [keyId]);
    }
    const counts = await world.at("relay1").ask("counts");
    expect(counts).toMatchObject([{ packets: 4n, errors: 4n }]);
  });

  it("gives every packet the source that the domain wants", async ({ world, skip }) => {
    if (lacking !== undefined) skip(lacking);
    const { frames } = await send(world);
    const sources = frames.core2.map(({ layers }) => layers.find(({ kind }) => kind === "ipv6"));
    expect(sources).toHaveLength(4);
    expect(sources).toEqual(sources.map(() => expect.objectContaining({ source: SOURCE })));
  });
});
