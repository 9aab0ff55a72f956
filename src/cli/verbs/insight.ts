// Verbs that answer the questions of three in the morning: what is not well, why is a policy where it is, who carries what.

import type { Column, Paint } from "../output.ts";
import { clientOf } from "../service/client-of.ts";
import type { Explained } from "../service/explain.ts";
import { watched } from "../service/watch.ts";
import type { Verb } from "../verb.ts";

type Condition = {
  readonly id: string;
  readonly severity: "critical" | "warning" | "notice";
  readonly subject: string;
  readonly sinceMs: number | null;
  readonly what: string;
  readonly advice: string;
  readonly command: string;
  readonly runbook: string;
};

const SEVERITY: Readonly<Record<Condition["severity"], Paint>> = { critical: "bad", warning: "warn", notice: "dim" };

export const conditionsVerb: Verb = watched({
  name: "conditions",
  summary: "what is not as it should be, since when, and what to do",
  about:
    "From a closed list, the worst first; each has a runbook under its name, where `api.docs` of the service's settings says " +
    "that docs are published. Exits 1 where one is critical, so that a script can ask.",
  examples: [
    { command: "srwan conditions", about: "the first thing to look at" },
    { command: "srwan conditions -o json", about: "with the command to look further for each" },
  ],
  run: async (context) => {
    const [client, { table }, { time }] = await Promise.all([
      clientOf(context),
      import("../output.ts"),
      import("../service/say.ts"),
    ]);
    const { items } = await client.get<{ readonly items: readonly Condition[] }>("/api/v1/conditions");
    const columns: Column<Condition>[] = [
      { title: "SEVERITY", cell: ({ severity }) => severity, paint: ({ severity }) => SEVERITY[severity] },
      { title: "CONDITION", cell: ({ id }) => id },
      { title: "SUBJECT", cell: ({ subject }) => subject },
      { title: "SINCE", cell: ({ sinceMs }) => time(sinceMs) },
      { title: "LOOK", wide: true, cell: ({ command }) => command },
      { title: "RUNBOOK", wide: true, cell: ({ runbook }) => runbook },
      { title: "WHAT, AND WHAT TO DO", cell: ({ what, advice }) => `${what} ${advice}` },
    ];
    const runbooks = [...new Set(items.map(({ runbook }) => `runbook  ${runbook}`))].join("\n");
    return {
      data: items,
      text: (wide, screen) =>
        items.length === 0 ? "All is well." : `${table(items, columns, wide, screen)}${wide ? "" : `\n${runbooks}\n`}`,
      exitCode: items.some(({ severity }) => severity === "critical") ? 1 : 0,
    };
  },
});

export const explainVerb: Verb = watched({
  name: "explain",
  summary: "why a policy is where it is: what, since when, why not elsewhere",
  about:
    "From the decision journal. DELAY of alternatives holds the clocks of both ends: only differences mean anything. The " +
    "whole line, with all that the decision was made of, is in `srwan journal show`.",
  arguments: [{ name: "policy", about: "its name", live: "policy" }],
  flags: [{ name: "--decisions", value: "n", about: "so many of the decisions before (default 5)" }],
  examples: [
    { command: "srwan explain gold", about: "one screen" },
    { command: "srwan explain gold --decisions 50 -o json", about: "its history as a document" },
  ],
  run: async (context, { arguments: [name = ""], flags }) => {
    const [client, { explainText }] = await Promise.all([clientOf(context), import("../service/explain.ts")]);
    const at = `/api/v1/policies/${encodeURIComponent(name)}`;
    const count = typeof flags.decisions === "string" && /^\d{1,3}$/.test(flags.decisions) ? flags.decisions : "5";
    const limit = Math.max(1, Number(count));
    const [policy, { items: decisions }] = await Promise.all([
      client.get<Explained["policy"]>(at),
      client.get<{ readonly items: Explained["decisions"] }>(`${at}/decisions?limit=${limit}`),
    ]);
    const explained: Explained = { policy, decisions };
    return { data: explained, text: (wide, screen) => explainText(explained, wide, screen) };
  },
});

export const topVerb: Verb = watched({
  name: "top",
  summary: "POPs as they are now: traffic, state, ages",
  about:
    "RELAYED is what its SIDs carried for others, ORIGINATED what its own policies sent, both since the look before (agents " +
    "count every ten seconds; at the first look there is none). Sorted by traffic.",
  examples: [
    { command: "srwan top --watch", about: "live, until Ctrl-C" },
    { command: "srwan top --watch --every 10s --times 2 -o json", about: "rates over ten seconds, for a program" },
  ],
  run: async (context) => {
    const [client, { looked, topText }] = await Promise.all([clientOf(context), import("../service/top.ts")]);
    const view = await looked(client, context);
    return { data: view, text: (wide, screen) => topText(view, wide, screen) };
  },
});
