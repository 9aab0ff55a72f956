// Intents as a change that a transaction makes and proves: the edit, what is read back, what must be seen, the way back, and
// the look at operation. The one file here that speaks to a router.

import type { Clock } from "../../base/clock.ts";
import { LIMITS } from "../../base/limits.ts";
import type { DeviceIntent } from "../../wire/intent.ts";
import { subtree } from "../filter.ts";
import { get } from "../operations.ts";
import type { Session } from "../session.ts";
import type { Change } from "../transaction/change.ts";
import { elementsOf, find, type XmlElement } from "../xml/element.ts";
import type { Driver } from "./driver.ts";
import type { Check, Finding } from "./family.ts";

export type ChangeOptions = {
  readonly clock: Clock;
  /** How long what is set may take to work; longer is a failure, and the change goes back. */
  readonly workMs?: number;
  /** False where what is set need not work yet. */
  readonly verifies?: boolean;
};

/** Sets them all, or none. */
export function settingChange(
  device: string,
  driver: Driver,
  intents: readonly DeviceIntent[],
  { clock, workMs = LIMITS.deviceWorkMs, verifies = true }: ChangeOptions,
): Change {
  const { filter, expected } = driver.expected(...intents);
  const checks = verifies ? intents.flatMap((intent) => driver.verify(intent)) : [];
  return {
    device,
    edit: driver.render(...intents).config,
    readBack: subtree(filter),
    expected,
    undo: (before) => driver.undo(before, ...intents).config,
    ...(checks.length > 0 && { verify: verifier(checks, clock, workMs) }),
  };
}

/** Sets some and takes others away: all of it, or none. */
export function mixedChange(
  device: string,
  driver: Driver,
  set: readonly DeviceIntent[],
  gone: readonly DeviceIntent[],
  { clock, workMs = LIMITS.deviceWorkMs, verifies = true }: ChangeOptions,
): Change {
  const { edit, filter, expected, undo } = driver.change(set, gone);
  const checks = verifies ? set.flatMap((intent) => driver.verify(intent)) : [];
  return {
    device,
    edit: edit.config,
    readBack: subtree(filter),
    expected,
    undo: (before) => undo(before).config,
    ...(checks.length > 0 && { verify: verifier(checks, clock, workMs) }),
  };
}

/** Takes them all away, or none; what is known to stand there, if something is, says what there is to take. */
export function removingChange(
  device: string,
  driver: Driver,
  intents: readonly DeviceIntent[],
  stands?: readonly XmlElement[],
): Change {
  const { filter, expected } = driver.expectedGone(...intents);
  return {
    device,
    edit: (stands ? driver.removeFrom(stands, ...intents) : driver.remove(...intents)).config,
    readBack: subtree(filter),
    expected,
    undo: (before) => driver.undo(before, ...intents).config,
  };
}

/** Asks until all hold, one is broken, or time is up; what is still wrong then, in words. */
function verifier(checks: readonly Check[], clock: Clock, workMs: number): NonNullable<Change["verify"]> {
  return async (session, signal) => {
    const until = clock.monoUs() + BigInt(workMs) * 1_000n;
    let open = checks;
    for (;;) {
      const wrong: string[] = [];
      const waiting: Check[] = [];
      for (const check of open) {
        const finding = await look(session, check);
        if (finding.state === "broken") wrong.push(finding.why);
        else if (finding.state === "not-yet") waiting.push(check);
        if (finding.state === "not-yet" && clock.monoUs() >= until) wrong.push(finding.why);
      }
      if (wrong.length > 0 || waiting.length === 0) return wrong;
      open = waiting;
      await clock.sleepMs(LIMITS.deviceLookMs, signal);
    }
  };
}

/** What a router says now of one thing that must be true. */
export async function look(session: Session, { filter, judge }: Check): Promise<Finding> {
  const { root } = await session.call(get({ filter: subtree(filter) }));
  const data = find(root, "data");
  return judge(data ? elementsOf(data) : []);
}
