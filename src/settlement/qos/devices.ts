// What is asked of routers. Whoever joins the rooms fills this port; all that comes back of a change is its sealed outcome.

import type { SealedOutcome } from "../../wire/outcome.ts";
import type { PlacedOrder } from "./terms.ts";

export interface Devices {
  /** Why the router cannot have it, now, as it stands; nothing where it can. Asked before any money is bound. */
  refusals(terms: PlacedOrder): Promise<readonly string[]>;
  /** Configures the queue, or finds what became of an earlier try at it. */
  install(orderId: string, terms: PlacedOrder, signal: AbortSignal): Promise<SealedOutcome>;
  /** Takes it away, and proves that nothing of it is left. */
  remove(orderId: string, terms: PlacedOrder, signal: AbortSignal): Promise<SealedOutcome>;
  /** Whether running holds it as it was ordered. Throws where that cannot be read. */
  holds(terms: PlacedOrder): Promise<boolean>;
}
