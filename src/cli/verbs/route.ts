// `srwan route plan|apply|show|watch|flush`: the data plane of this machine, for engineers without any controller.

import { untilStopped } from "../signals.ts";
import type { Context, Flag, Input, Verb, View } from "../verb.ts";

const DESIRED: Flag = { name: "--desired", value: "file", about: "what is wanted, as YAML or JSON; - reads stdin" };
const NETNS: Flag = { name: "--netns", value: "name", about: "in this network namespace" };
const RISK: Flag = {
  name: "--accept-risk",
  value: "risk",
  about: "management-path: steer it all the same",
  choices: ["management-path"],
};
const OWN: Flag = {
  name: "--own-encap",
  about: "a SID list on every route, as where the kernel has no nexthop objects (found out by itself)",
};
const DIFF: Flag = { name: "--diff", about: "as a diff of - and + lines instead of commands" };

/** Loaded when a verb runs. */
async function load() {
  const [machine, views, apply] = await Promise.all([
    import("../route/machine.ts"),
    import("../route/views.ts"),
    import("../../srv6/linux/apply.ts"),
  ]);
  return { ...machine, ...views, ...apply };
}

/** Runs a verb's work, inside the namespace that was named. */
async function here(input: Input, work: (loaded: Awaited<ReturnType<typeof load>>) => Promise<View>): Promise<View> {
  if (typeof input.flags.netns === "string") {
    const { enterNamespace } = await import("../route/namespace.ts");
    enterNamespace(input.flags.netns);
  }
  return work(await load());
}

export const routePlan: Verb = {
  name: "route plan",
  summary: "what apply would change, as commands or as a diff",
  about: "Reads the kernel and prints the steps in the order they would run. Nothing is changed.",
  flags: [DESIRED, DIFF, NETNS, RISK, OWN],
  examples: [
    { command: "srwan route plan --desired pop.yaml", about: "the steps as `ip` commands" },
    { command: "srwan route plan --desired pop.yaml --diff", about: "the same as a diff" },
  ],
  run: (context, input) =>
    here(input, async (l) => {
      const desired = l.readWanted(input, context);
      return l.withMachine(context, async (machine) => {
        const { kernel, edge, journal } = machine;
        const { wanted, sidListsIn } = await l.aimAt(machine, desired, input);
        const { plan } = await l.look(kernel, wanted.objects, journal);
        const planned = {
          plan,
          sidListsIn,
          edge: l.edgeStands(edge, wanted.edge, journal) ? undefined : wanted.edge,
          source: await l.dueSource(kernel, wanted.tunnelSource, journal),
        };
        return l.planView(planned, input.flags.diff === true);
      });
    }),
};

export const routeApply: Verb = {
  name: "route apply",
  summary: "bring the kernel to what is wanted, and read it back",
  about:
    "Plans, changes, reads back, and reports each object that is not in place: failed with what stands there instead, or " +
    "foreign. Only objects of ours are touched (protocol 196, devices srwan-*, the nftables table inet srwan). Running it " +
    "again repairs what somebody removed or mangled.",
  flags: [DESIRED, NETNS, RISK, OWN],
  examples: [
    { command: "srwan route apply --desired pop.yaml", about: "this machine" },
    { command: "srwan route apply --desired pop.yaml --netns sea", about: "a namespace" },
  ],
  run: (context, input) =>
    here(input, async (l) => {
      const desired = l.readWanted(input, context);
      return l.withMachine(context, async (machine) => {
        const { wanted, sidListsIn } = await l.aimAt(machine, desired, input);
        return l.applyView(await l.apply(machine, wanted, progressOn(context)), sidListsIn);
      });
    }),
};

/** Long work shows how far it is, on a terminal only. */
function progressOn({ screen, progress }: Context): (done: number, total: number) => void {
  return (done, total) => {
    if (screen.width !== undefined && total > 5_000)
      progress(`${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`);
  };
}

export const routeShow: Verb = {
  name: "route show",
  summary: "everything of ours in the kernel, with what each SID counted",
  about: "Reads the kernel. Counters are those the kernel keeps for each local SID: packets, octets and errors.",
  flags: [NETNS],
  examples: [{ command: "srwan route show -o json", about: "as a document" }],
  run: (context, input) =>
    here(input, async (l) =>
      l.withMachine(context, async ({ kernel, journal }) => {
        const { ours } = await kernel.read([], journal.claimed());
        return l.showView(ours);
      }),
    ),
};

export const routeFlush: Verb = {
  name: "route flush",
  summary: "remove everything of ours from the kernel",
  about:
    "Routes, rules, nexthops, tenant devices, keys, the source of tunnels and the nftables table. What others installed " +
    "stays.",
  flags: [NETNS],
  examples: [{ command: "srwan route flush --netns sea", about: "leave a namespace as it was" }],
  run: (context, input) =>
    here(input, async (l) =>
      l.withMachine(context, async (machine) => l.flushView(await l.apply(machine, { objects: [], edge: "" }))),
    ),
};

export const routeWatch: Verb = {
  name: "route watch",
  summary: "keep the kernel at what is wanted, repairing what drifts",
  about:
    "Applies, then listens: when a route, nexthop, rule, link or the nftables table changes it looks again and repairs. " +
    "Ends on Ctrl-C.",
  flags: [DESIRED, NETNS, RISK, OWN],
  examples: [{ command: "srwan route watch --desired pop.yaml", about: "until it is stopped" }],
  run: (context, input) =>
    here(input, async (l) => {
      const desired = l.readWanted(input, context);
      const [{ watch }, log] = await Promise.all([import("../route/watch.ts"), context.log()]);
      const stop = untilStopped();
      return l.withMachine(context, async (machine) => {
        const { wanted } = await l.aimAt(machine, desired, input);
        const changes = await watch(machine, wanted, log, stop);
        return { data: { changes }, text: () => `${changes} change${changes === 1 ? "" : "s"} made while watching.` };
      });
    }),
};
