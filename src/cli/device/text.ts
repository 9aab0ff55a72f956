// Answers of the device verbs as text: edits as a router takes them, verdicts as a table.

import type { Driver, Verdict } from "../../netconf/devices/driver.ts";
import { keyOf } from "../../netconf/devices/intent-file.ts";
import { writeXml } from "../../netconf/xml/write.ts";
import type { DeviceIntent } from "../../wire/intent.ts";
import { table } from "../output.ts";
import type { Screen, View } from "../verb.ts";

export const FORMS = ["xml", "json", "cli"] as const;
export type Form = (typeof FORMS)[number];

/** All of it or nothing: the first intent that cannot be had refuses the rest. */
export function renderView(driver: Driver, intents: readonly DeviceIntent[], form: Form, removes: boolean): View {
  const inTurn = removes ? intents.toReversed() : intents;
  const rendered = inTurn.map((intent) => ({
    intent,
    what: keyOf(intent),
    ...renderOne(driver, intent, form, removes),
  }));
  return {
    data: { platform: driver.family, as: form, removes, rendered: rendered.map(({ text: _text, ...rest }) => rest) },
    text: () => (form === "json" ? requestsText(rendered) : rendered.map(({ text }) => text).join("\n")),
  };
}

function renderOne(driver: Driver, intent: DeviceIntent, form: Form, removes: boolean) {
  if (form === "cli") {
    const lines = removes ? driver.cliRemoval(intent) : driver.cli(intent);
    return { lines, text: lines.join("\n") };
  }
  if (form === "json") {
    const requests = removes ? driver.removalRequests(intent) : driver.requests(intent);
    return { requests, text: "" };
  }
  const { config } = removes ? driver.remove(intent) : driver.render(intent);
  const xml = config.map((one) => writeXml(one, { pretty: true }));
  return { xml, text: xml.join("\n") };
}

/** One document, for programs that take one. */
const requestsText = (rendered: readonly { readonly requests?: readonly unknown[] }[]): string =>
  JSON.stringify(
    rendered.flatMap(({ requests = [] }) => requests),
    null,
    2,
  );

export type Judged = {
  readonly what: string;
  readonly platform: string;
  readonly title: string;
  readonly verdict: Verdict;
};

export function supportsView(all: readonly Judged[], fails: number): View {
  return {
    data: all.map(({ what, platform, verdict }) => ({ intent: what, platform, ...verdict })),
    text: (wide: boolean, screen: Screen) =>
      table(
        all,
        [
          { title: "INTENT", cell: (one) => one.what },
          { title: "ROUTER", cell: (one) => one.title },
          {
            title: "ANSWER",
            cell: ({ verdict }) => (verdict.supported ? "yes" : "no"),
            paint: ({ verdict }) => (verdict.supported ? "good" : "bad"),
          },
          { title: "WHY", cell: ({ verdict }) => whyText(verdict) },
        ],
        wide,
        screen,
      ),
    exitCode: all.some(({ verdict }) => !verdict.supported) ? fails : 0,
  };
}

function whyText(verdict: Verdict): string {
  if (verdict.supported) return "";
  const reasons = verdict.reasons.map(({ field, why }) => `${field}: ${why}`).join("; ");
  return verdict.instead ? `${reasons} (offers a ${verdict.instead.kind})` : reasons;
}
