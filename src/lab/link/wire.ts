// One direction of a link: loses, shapes and delays frames, as netem does. Loss and jitter of each frame are drawn on
// their own; a frame that jitter holds less than the one before overtakes it.

import { LIMITS } from "../../base/limits.ts";
import type { Rng } from "../../base/rng.ts";
import type { Impairment } from "../model.ts";

const MILLION = 1_000_000;

/** Where the draws come from; see isChatter. */
export type Chance = { readonly traffic: Rng; readonly chatter: Rng };

export class Wire {
  does: Impairment;
  #chance: Chance;
  /** When the last frame will have left the near end. */
  #freeUs = Number.NEGATIVE_INFINITY;

  constructor(chance: Chance, does: Impairment) {
    this.#chance = chance;
    this.does = does;
  }

  reseed(chance: Chance): void {
    this.#chance = chance;
  }

  /** When a frame handed over now comes out at the far end; "lost" by chance, "full" where its queue has no room. */
  send(octets: number, nowUs: number, isChatter = false): number | "lost" | "full" {
    const rng = isChatter ? this.#chance.chatter : this.#chance.traffic;
    const { delayUs, jitterUs, lossPpm, rateBps } = this.does;
    if (lossPpm > 0 && share(rng) * MILLION < lossPpm) return "lost";
    let leavesUs = nowUs;
    if (rateBps !== undefined) {
      const startsUs = Math.max(nowUs, this.#freeUs);
      if (startsUs - nowUs > LIMITS.labQueueMs * 1_000) return "full";
      leavesUs = startsUs + (octets * 8 * MILLION) / rateBps;
      this.#freeUs = leavesUs;
    }
    const heldUs = jitterUs > 0 ? delayUs + jitterUs * (2 * share(rng) - 1) : delayUs;
    return leavesUs + Math.max(0, heldUs);
  }
}

/** 0 ≤ x < 1. */
const share = (rng: Rng): number => rng.uint32() / 2 ** 32;

/**
 * Whether a frame is the network talking of itself: ARP, neighbour discovery, multicast listeners. It comes when the
 * kernel's timers say, so it draws apart, and traffic loses the same packets again from the same seed.
 */
export function isChatter(frame: Uint8Array, from: number): boolean {
  const type = ((frame[from + 12] ?? 0) << 8) | (frame[from + 13] ?? 0);
  if (type !== ETHERTYPE.ipv6) return type === ETHERTYPE.arp;
  const next = frame[from + 20];
  return next === NEXT_HEADER.hopByHop || (next === NEXT_HEADER.icmpv6 && (frame[from + 54] ?? 0) >= LISTENER_QUERY);
}

const ETHERTYPE = { arp: 0x0806, ipv6: 0x86dd } as const;
const NEXT_HEADER = { hopByHop: 0, icmpv6: 58 } as const;
/** The first ICMPv6 type that is neither an error nor an echo (RFC 4890 section 4.3 lists them). */
const LISTENER_QUERY = 130;
