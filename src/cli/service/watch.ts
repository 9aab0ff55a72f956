// `--watch`: a verb's view again and again. On a terminal each takes the place of the one before; elsewhere each follows,
// so that `-o json` gives a document after the other.

import { asSrwanError, SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Context, Flag, Input, Verb, View } from "../verb.ts";

export const WATCH_FLAGS: readonly Flag[] = [
  { name: "--watch", about: "again and again, until Ctrl-C" },
  { name: "--every", value: "time", about: "with --watch: how often (default 2s)" },
  { name: "--times", value: "n", about: "with --watch: so often, then end" },
];

const HOME_AND_CLEAR = "\u001b[H\u001b[J";
const CLEAR_ALL = "\u001b[2J";

export const watched = (verb: Verb): Verb => ({
  ...verb,
  flags: [...(verb.flags ?? []), ...WATCH_FLAGS],
  run: (context, input) => (input.flags.watch === true ? repeat(verb, context, input) : verb.run(context, input)),
});

async function repeat(verb: Verb, context: Context, input: Input): Promise<View> {
  const [everyMs, times] = [await readEvery(input), readTimes(input)];
  const onTerminal = context.screen.width !== undefined;
  if (onTerminal) context.write(CLEAR_ALL);
  for (let done = 0; done < times; done++) {
    if (done > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
    const text = await shown(() => verb.run(context, input), context, done === 0);
    context.write(onTerminal ? `${HOME_AND_CLEAR}${text}` : text);
  }
  return { data: undefined, text: () => "", written: true };
}

/** A service that is away comes back; whoever watches goes on. Only the first look must succeed. */
async function shown(look: () => Promise<View>, context: Context, isFirst: boolean): Promise<string> {
  const { render } = await import("../output.ts");
  try {
    return await render(await look(), context.format, context.screen);
  } catch (thrown) {
    const error = asSrwanError(thrown);
    if (isFirst || !error.retryable) throw error;
    return context.format === "json" ? `${JSON.stringify({ error })}\n` : `${error.code}: ${error.message}\n`;
  }
}

async function readEvery({ flags: { every } }: Input): Promise<number> {
  if (typeof every !== "string") return LIMITS.watchEveryMs;
  const { parseDurationMs } = await import("../../base/units.ts");
  return Math.max(LIMITS.watchEveryLeastMs, parseDurationMs(every));
}

function readTimes({ flags: { times } }: Input): number {
  if (times === undefined) return Number.POSITIVE_INFINITY;
  if (typeof times === "string" && /^[1-9]\d{0,8}$/.test(times)) return Number(times);
  throw new SrwanError("USAGE", `--times ${String(times)} is no count`, { remedy: "Give a whole number from 1." });
}
