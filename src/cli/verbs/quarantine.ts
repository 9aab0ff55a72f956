// `srwan quarantine list|release`: POPs that are set apart, and using one again.

import type { Column } from "../output.ts";
import { clientOf } from "../service/client-of.ts";
import type { Verb } from "../verb.ts";

type Apart = {
  readonly pop: string;
  readonly sinceMs: number;
  readonly why: string;
  readonly evidence: readonly string[];
  readonly by: string;
};

export const quarantineList: Verb = {
  name: "quarantine list",
  summary: "POPs that are set apart, since when, by whom and why",
  about: "Such a POP is measured and used by nobody. BY is srwan where the service did it on the evidence of others.",
  examples: [{ command: "srwan quarantine list -o json", about: "with the evidence" }],
  run: async (context) => {
    const [client, { table }, { time }] = await Promise.all([
      clientOf(context),
      import("../output.ts"),
      import("../service/say.ts"),
    ]);
    const apart = await client.all<Apart>("/api/v1/quarantine");
    const columns: Column<Apart>[] = [
      { title: "POP", cell: ({ pop }) => pop },
      { title: "SINCE", cell: ({ sinceMs }) => time(sinceMs) },
      { title: "BY", cell: ({ by }) => by },
      { title: "WHY", cell: ({ why }) => why },
    ];
    return {
      data: apart,
      text: (wide, screen) => (apart.length === 0 ? "None." : table(apart, columns, wide, screen)),
    };
  },
};

export const quarantineRelease: Verb = {
  name: "quarantine release",
  summary: "use a POP again that was set apart",
  about: "Decisions count on it from the next round on.",
  arguments: [{ name: "pop", about: "its name", live: "pop" }],
  examples: [{ command: "srwan quarantine release sea", about: "after its clock was mended" }],
  run: async (context, { arguments: [pop = ""] }) => {
    await (await clientOf(context)).call("DELETE", `/api/v1/quarantine/${encodeURIComponent(pop)}`);
    return { data: { released: pop }, text: () => `${pop} is used again.` };
  },
};
