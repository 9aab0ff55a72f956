// `srwan help [TOPIC]`: the overview, a verb's page, or a topic such as exit-codes.

import { SrwanError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { TOPICS } from "../help-topics.ts";
import { overview, verbPage } from "../pages.ts";
import type { Verb } from "../verb.ts";

export const help: Verb = {
  name: "help",
  summary: "help on a verb or a topic",
  about: "Without a word: the verbs and the topics.",
  arguments: [{ name: "topic", about: "a verb, or one of the topics", optional: true, variadic: true }],
  examples: [
    { command: "srwan help exit-codes", about: "what the process exits with" },
    { command: "srwan help config show", about: "the page of one verb" },
  ],
  run: async ({ verbs }, { arguments: words }) => {
    const wanted = words.join(" ");
    const text = wanted === "" ? overview(verbs) : page(wanted, verbs);
    return { data: { topic: wanted, text }, text: () => text };
  },
};

function page(wanted: string, verbs: readonly Verb[]): string {
  const topic = TOPICS.find((candidate) => candidate.name === wanted);
  if (topic) return topic.text();
  const shown = verbs.filter((verb) => !verb.hidden);
  const found = shown.filter((verb) => verb.name === wanted || verb.name.startsWith(`${wanted} `));
  if (found.length) return found.map(verbPage).join("\n");
  const near = nearest(wanted, [...TOPICS.map((t) => t.name), ...shown.map((verb) => verb.name)]);
  throw new SrwanError("TOPIC_UNKNOWN", `there is no help on "${wanted}"`, {
    remedy: near ? `Did you mean \`srwan help ${near}\`?` : "`srwan help` lists the verbs and topics.",
    details: { topic: wanted },
  });
}
