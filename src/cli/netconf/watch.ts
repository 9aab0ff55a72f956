// `srwan netconf watch`: notifications into the log as they come, and as the answer where a number of them was asked for.

import { SrwanError } from "../../base/errors.ts";
import { subtree } from "../../netconf/filter.ts";
import { writeXml } from "../../netconf/xml/write.ts";
import { textOf } from "../flags.ts";
import { untilStopped } from "../signals.ts";
import type { Context, Input, View } from "../verb.ts";
import { withSession } from "./device.ts";
import { readXml } from "./xml.ts";

type Told = { readonly eventTime: string; readonly event: string; readonly lostBefore: number; readonly xml: string };

export async function watchDevice(context: Context, input: Input): Promise<View> {
  const [stream, filter] = [textOf(input.flags.stream), textOf(input.flags.filter)];
  const most = countOf(textOf(input.flags.count));
  const stop = untilStopped();
  const log = await context.log();
  return withSession(context, input, async (session) => {
    const flow = await session.subscribe({
      ...(stream !== undefined && { stream }),
      ...(filter !== undefined && { filter: subtree(readXml(filter)) }),
    });
    stop.addEventListener("abort", () => void flow.return?.(), { once: true });
    const kept: Told[] = [];
    let count = 0;
    for await (const { event, eventTime, lostBefore } of flow) {
      const told = { eventTime, event: event.name, lostBefore, xml: writeXml(event) };
      log.info(event.name, { eventTime, ...(lostBefore > 0 && { lostBefore }), xml: told.xml });
      if (most !== undefined) kept.push(told);
      if (++count === most) break;
    }
    return { data: { count, notifications: kept }, text: () => `${count} notification${count === 1 ? "" : "s"}.` };
  });
}

const COUNT_MAX = 100_000;

function countOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const count = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (count >= 1 && count <= COUNT_MAX) return count;
  throw new SrwanError("USAGE", `--count: ${given} is no whole number from 1 to ${COUNT_MAX}`, {
    remedy: `Give 1 to ${COUNT_MAX}.`,
  });
}
