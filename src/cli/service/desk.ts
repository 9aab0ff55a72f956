// The settlement behind the topology service's port: two rooms that do not know each other are joined here. What it takes is
// loaded only where something of a settlement is set up.

import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import type { DeskSettings } from "../../settlement/desk/desk.ts";
import type { SettlementPort } from "../../topology/service/settlement-port.ts";

export async function deskOf(settings: DeskSettings, clock: Clock, log: Logger): Promise<SettlementPort | undefined> {
  if (Object.values(settings).every((value) => value === undefined)) return undefined;
  const { Desk } = await import("../../settlement/desk/desk.ts");
  return new Desk(settings, clock, log);
}
