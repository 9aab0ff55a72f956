// NEXT-CSID on the kernel: six waypoints in one address, there and back between the relays.

import { describe, expect } from "vitest";
import { parseIpv6 } from "../../src/srv6/address.ts";
import { compress, type Waypoint } from "../../src/srv6/compress.ts";
import { encodings } from "../../src/srv6/encoding.ts";
import type { LocalSid } from "../../src/srv6/model.ts";
import { IDLE, local, NEXT_CSID, path, policy, steer } from "./build.ts";
import { headersOf } from "./frames.ts";
import { it } from "./lab.ts";
import { kernelFindings, lacks } from "./needs.ts";
import { predict, type Sids } from "./predict.ts";
import { apply, captured, clear, deliver, EXIT_SIDS, flows, onEach, SR_NODES } from "./traffic.ts";
import { addressOn, csidAt, eastAddress, LINK_NAMES, type SrNode } from "./world.ts";

const lacking = lacks(await kernelFindings(["kernel.next-csid"]), "kernel.next-csid");
const MTU = 1_500;

const WAYPOINTS: readonly (readonly [SrNode, number])[] = [
  ["relay1", 1],
  ["relay2", 1],
  ["relay1", 2],
  ["relay2", 2],
  ["relay1", 3],
];
const End = { action: "End", flavors: NEXT_CSID } as const;
/** The last turn leaves by the lower link, which no route prefers. */
const EndX = { action: "End.X", nexthop: parseIpv6(addressOn("lower", "relay2")), flavors: NEXT_CSID } as const;

const shifting = (node: SrNode): LocalSid[] =>
  WAYPOINTS.filter(([at]) => at === node).map(([, number]) => local(csidAt(node, number), number === 3 ? EndX : End));

describe("a carrier of six waypoints", () => {
  const cases = (["encap", "encap.red"] as const).flatMap((mode) =>
    ([4, 6] as const).map((family) => [mode, family] as const),
  );

  it.for(cases)(
    "with %s leads IPv%i through all of them, and costs what was reckoned",
    async ([mode, family], { world, skip }) => {
      if (lacking !== undefined) skip(lacking);
      const exit = csidAt("egress", family);
      const waypoints: Waypoint[] = [
        ...WAYPOINTS.map(([node, number]) => ({ sid: csidAt(node, number), ...NEXT_CSID })),
        { sid: exit },
      ];
      const carriers = compress(waypoints);
      expect(carriers.map((carrier) => carrier.waypoints)).toEqual([6]);
      const segments = carriers.map(({ sid }) => sid);

      const behavior = EXIT_SIDS[family === 4 ? 0 : 1]?.behavior;
      const egress = behavior ? [local(exit, behavior)] : [];
      const sids: Sids = { ingress: [], relay1: shifting("relay1"), relay2: shifting("relay2"), egress };
      await clear(world);
      await onEach(SR_NODES, (node) => apply(world, node, { ...IDLE, localSids: sids[node] }));
      const to = eastAddress(family, 1);
      await apply(world, "ingress", {
        ...IDLE,
        policies: [policy("p", [path("only", segments, 1, mode)])],
        steering: [steer("p", [to])],
      });

      const { frames, disagreements, result } = await captured(world, () => deliver(world, flows(family, 1)));
      expect([result.length, disagreements]).toEqual([1, []]);
      const seen = LINK_NAMES.flatMap((link) => frames[link].map((frame) => `${link}: ${headersOf(frame).join(", ")}`));
      const foretold = predict(mode, segments, to, sids).map(({ link, headers }) => `${link}: ${headers.join(", ")}`);
      // core1, four times upper, lower, core2, out.
      expect(foretold).toHaveLength(8);
      expect(seen.toSorted()).toEqual([`in: to ${to}`, ...foretold].toSorted());

      const reckoned = encodings(waypoints, { mtu: MTU }).all.find(
        (one) => one.name === (mode === "encap" ? "csid-full" : "csid-reduced"),
      );
      expect((frames.core1[0]?.octets.length ?? 0) - (frames.in[0]?.octets.length ?? 0)).toBe(reckoned?.headerOctets);
      const counts = (await Promise.all(SR_NODES.map((node) => world.at(node).ask("counts")))).flat();
      expect(counts.map(({ packets, errors }) => [packets, errors])).toEqual(Array.from({ length: 6 }, () => [1n, 0n]));
    },
  );
});
