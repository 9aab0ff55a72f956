// NEXT-CSID (RFC 9800): several waypoints in one address. Packs a path into the fewest carriers that force it, and says of
// each carrier why it holds no more.
//
// A carrier is block ‖ CSID ‖ CSID ‖ … ‖ zeros. A waypoint shifts its own CSID out and forwards to what follows, so all
// but the last of a carrier must do NEXT-CSID under the same block. The last is met as block ‖ CSID ‖ zeros, which is its
// own SID whatever it does: it only has to fit, and is never shifted.
//
// Nodes and functions must be numbered out of separate ranges, as RFC 9800 has it of global and local CSIDs: else a node
// and the node after it in a carrier would read as the first one's function.

import { SrwanError } from "../base/errors.ts";
import { formatIpv6, type Ipv6, parsePrefix } from "./address.ts";
import { parseSid, type Sid } from "./sid.ts";

export type Waypoint = {
  readonly sid: Sid;
  /** Where the node does NEXT-CSID for this SID: block, and node-and-function, in bits. */
  readonly nextCsid?: { readonly blockBits: number; readonly nodeFunctionBits: number };
};

/** "fcbb:bb00:1:d000::" is a SID as it is; "fcbb:bb00:1::/48" does NEXT-CSID with all that follows the block. */
export function parseWaypoint(text: string, blockBits: number): Waypoint {
  if (!text.includes("/")) return { sid: parseSid(text) };
  const { family, address, length } = parsePrefix(text);
  if (family === 6 && length > blockBits && length < 128) {
    return { sid: address as Sid, nextCsid: { blockBits, nodeFunctionBits: length - blockBits } };
  }
  throw new SrwanError("VALUE_INVALID", `${text} is no NEXT-CSID SID with a block of ${blockBits} bits`, {
    remedy: `Write an IPv6 prefix longer than ${blockBits} bits and shorter than 128, or the address alone.`,
  });
}

export type Carrier = {
  readonly sid: Sid;
  /** How many waypoints of the path it stands for. */
  readonly waypoints: number;
  /** Why the next waypoint is not in it; undefined at the end of the path. */
  readonly ended?: string;
};

/**
 * Greedy is exact here: whatever a carrier can hold, its beginning and its end can hold too, so taking the longest each
 * time never costs a carrier later (held against brute force by compress.test.ts).
 */
export function compress(path: readonly Waypoint[]): Carrier[] {
  path.forEach(checkWaypoint);
  const carriers: Carrier[] = [];
  for (let from = 0; from < path.length; ) {
    let to = from + 1;
    let ended: string | undefined;
    while (to < path.length) {
      ended = refusal(path, from, to);
      if (ended !== undefined) break;
      to++;
    }
    const sid = carrierSid(path.slice(from, to));
    carriers.push({ sid, waypoints: to - from, ...(ended === undefined ? {} : { ended }) });
    from = to;
  }
  return carriers;
}

/** Whether these waypoints, in this order, fit one carrier. */
export function fitsOneCarrier(waypoints: readonly Waypoint[]): boolean {
  waypoints.forEach(checkWaypoint);
  return waypoints.every((_, i) => i === 0 || refusal(waypoints, 0, i) === undefined);
}

/** Why `path[to]` cannot join a carrier that holds `path[from..to-1]`; undefined when it can. */
function refusal(path: readonly Waypoint[], from: number, to: number): string | undefined {
  const [first, before, next] = [path[from], path[to - 1], path[to]] as [Waypoint, Waypoint, Waypoint];
  const shape = before.nextCsid;
  if (!shape) return `SID ${to} of the path does no NEXT-CSID, so nothing can follow it in a carrier`;
  const { blockBits } = shape;
  if (first.nextCsid?.blockBits !== blockBits) return `SID ${to} has a block of another length`;
  if (significantBits(before) <= blockBits) return `SID ${to} has a CSID of zero, which ends a carrier`;
  if (next.sid >> BigInt(128 - blockBits) !== first.sid >> BigInt(128 - blockBits)) {
    return `SID ${to + 1} lies in another block`;
  }
  const used = path.slice(from, to).reduce((sum, { nextCsid }) => sum + (nextCsid?.nodeFunctionBits ?? 0), blockBits);
  const wants = significantBits(next) - blockBits;
  if (wants <= 0) return `SID ${to + 1} is its block and nothing more, which ends a carrier`;
  return used + wants <= 128 ? undefined : `${wants} bits of SID ${to + 1} are wanted and ${128 - used} are left`;
}

/** What follows its CSID is, to a node that shifts, the way to go on: such a SID is no waypoint. */
function checkWaypoint({ sid, nextCsid }: Waypoint, i: number): void {
  if (!nextCsid) return;
  const { blockBits, nodeFunctionBits } = nextCsid;
  const fits = [blockBits, nodeFunctionBits].every((bits) => Number.isInteger(bits) && bits >= 1);
  if (fits && blockBits + nodeFunctionBits <= 128 && significantBits({ sid }) <= blockBits + nodeFunctionBits) return;
  throw new SrwanError(
    "VALUE_INVALID",
    `SID ${i + 1} of the path, ${formatIpv6(sid)}, is no block of ${blockBits} and CSID of ${nodeFunctionBits} bits`,
    { remedy: "Give block and CSID with zeros after them, or a SID without NEXT-CSID." },
  );
}

/** Bits from the start of the address to the last that is set: zeros after it are there in any carrier. */
function significantBits({ sid }: Waypoint): number {
  if (sid === 0n) return 0;
  const trailing = (sid & -sid).toString(2).length - 1;
  return 128 - trailing;
}

function carrierSid(waypoints: readonly Waypoint[]): Sid {
  const [first, ...others] = waypoints as [Waypoint, ...Waypoint[]];
  let value: bigint = first.sid;
  let shift = first.nextCsid?.nodeFunctionBits ?? 0;
  for (const { sid, nextCsid } of others) {
    const block = BigInt(128 - (first.nextCsid?.blockBits ?? 0));
    value |= BigInt.asUintN(Number(block), sid) >> BigInt(shift);
    shift += nextCsid?.nodeFunctionBits ?? 0;
  }
  return value as Ipv6 as Sid;
}
