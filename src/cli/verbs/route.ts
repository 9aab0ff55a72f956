// `srwan route plan|apply|show|watch|flush`: the data plane of this machine, for engineers without any controller.

import { EXIT_CODES } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { ObjectReport } from "../../srv6/linux/apply.ts";
import type { KernelObject } from "../../srv6/linux/objects.ts";
import type { Plan } from "../../srv6/linux/plan.ts";
import { paint, table } from "../output.ts";
import type { Context, Flag, Input, Screen, Verb, View } from "../verb.ts";

const DESIRED: Flag = { name: "--desired", value: "file", about: "what is wanted, as YAML or JSON; - reads stdin" };
const NETNS: Flag = { name: "--netns", value: "name", about: "in this network namespace" };
const RISK: Flag = { name: "--accept-risk", value: "risk", about: "management-path: steer it all the same" };
const OWN: Flag = { name: "--own-encap", about: "a SID list on every route, where nexthop objects cannot carry one" };
const DIFF: Flag = { name: "--diff", about: "as a diff of - and + lines instead of commands" };

/** Loaded when a verb runs. */
async function load() {
  const [machine, apply, plan, text, compile] = await Promise.all([
    import("../route/machine.ts"),
    import("../../srv6/linux/apply.ts"),
    import("../../srv6/linux/plan.ts"),
    import("../../srv6/linux/text.ts"),
    import("../../srv6/linux/port.ts"),
  ]);
  return { ...machine, ...apply, ...plan, ...text, ...compile };
}

type Loaded = Awaited<ReturnType<typeof load>>;

/** Runs a verb's work here, or the whole command again inside the namespace that was named. */
async function here(input: Input, work: (loaded: Loaded) => Promise<View>): Promise<View> {
  const loaded = await load();
  const exitCode = loaded.insideNamespace(input);
  return exitCode === undefined ? work(loaded) : { data: undefined, text: () => "", exitCode, written: true };
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
      const wanted = l.readWanted(input, context);
      return l.withMachine(context, async ({ kernel, edge, journal }) => {
        const { plan } = await l.look(kernel, wanted.objects, journal);
        const edgeStands = l.edgeStands(edge, wanted.edge, journal);
        return planView(l, plan, edgeStands, input.flags.diff === true);
      });
    }),
};

function planView(l: Loaded, plan: Plan, edgeStands: boolean, asDiff: boolean): View {
  const commands = l.planCommands(plan.steps);
  const edge = edgeStands
    ? []
    : [asDiff ? "~ nftables table inet srwan" : "nft -f -   # table inet srwan, in one transaction"];
  const blocked = plan.foreign.map(({ wanted, found }) => ({
    wanted: l.objectText(wanted),
    found: l.objectText(found),
  }));
  return {
    data: {
      changes: plan.steps.length + edge.length,
      edge: edgeStands ? "in place" : "to be put in place",
      steps: plan.steps.map(({ change, object }, i) => ({ change, kind: object.kind, command: commands[i] })),
      foreign: blocked,
    },
    text: (_wide, screen) => {
      const lines = [...edge, ...(asDiff ? l.planDiff(plan) : commands)];
      const foreign = asDiff
        ? []
        : blocked.map(({ wanted, found }) => `# in the way, not ours: ${found}  (wanted: ${wanted})`);
      if (lines.length + foreign.length === 0) return "Nothing to do: what is wanted is in place.";
      return [...lines, ...foreign].map((line) => painted(line, screen)).join("\n");
    },
  };
}

function painted(line: string, screen: Screen): string {
  const kind = { "+": "good", "-": "bad", "!": "warn", "~": "warn", "#": "warn" } as const;
  return paint(line, kind[line[0] as keyof typeof kind], screen);
}

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
      const wanted = l.readWanted(input, context);
      return l.withMachine(context, async (machine) =>
        applyView(l, await l.apply(machine, wanted, progressOn(context))),
      );
    }),
};

/** Long work shows how far it is, on a terminal only. */
function progressOn({ screen, progress }: Context): (done: number, total: number) => void {
  return (done, total) => {
    if (screen.width !== undefined && total > 5_000)
      progress(`${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`);
  };
}

function applyView(l: Loaded, report: Awaited<ReturnType<Loaded["apply"]>>): View {
  const { steps, troubles, inPlace, leftOver } = report;
  const told = (trouble: ObjectReport) => ({
    object: l.objectText(trouble.object),
    state: trouble.state,
    why: trouble.state === "failed" ? trouble.why : null,
    found: "found" in trouble && trouble.found ? l.objectText(trouble.found) : null,
  });
  const ok = troubles.length === 0 && leftOver.length === 0;
  return {
    data: {
      inPlace,
      changed: steps.length,
      troubles: troubles.map(told),
      leftOver: leftOver.map((o) => l.objectText(o)),
    },
    text: (_wide, screen) =>
      [
        ...troubles.map((trouble) =>
          paint(l.troubleText(trouble), trouble.state === "foreign" ? "warn" : "bad", screen),
        ),
        ...leftOver.map((object) => paint(`left over ${l.objectText(object)}`, "bad", screen)),
        `${inPlace} of ${inPlace + troubles.length} objects in place, ${steps.length} changed` +
          (ok ? "." : `, ${troubles.length} in trouble, ${leftOver.length} left over.`),
      ].join("\n"),
    exitCode: ok ? EXIT_CODES.ok.code : EXIT_CODES.failed.code,
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
        const rows = ours.map((object) => ({ kind: object.kind, object: l.objectText(object), ...countersOf(object) }));
        return {
          data: rows,
          text: (wide, screen) =>
            rows.length === 0
              ? "Nothing of ours is in this kernel."
              : table(
                  rows,
                  [
                    { title: "KIND", cell: (row) => row.kind },
                    { title: "PACKETS", cell: (row) => String(row.packets ?? "-"), align: "right" },
                    { title: "OCTETS", cell: (row) => String(row.octets ?? "-"), align: "right" },
                    { title: "ERRORS", cell: (row) => String(row.errors ?? "-"), align: "right", wide: true },
                    { title: "OBJECT", cell: (row) => row.object },
                  ],
                  wide,
                  screen,
                ),
        };
      }),
    ),
};

type Counted = { readonly packets?: bigint; readonly octets?: bigint; readonly errors?: bigint };

function countersOf(object: KernelObject): Counted {
  if (object.kind !== "route" || object.target.kind !== "hops") return {};
  const encap = object.target.hops[0]?.encap;
  return encap?.kind === "seg6local" ? (encap.counters ?? {}) : {};
}

export const routeFlush: Verb = {
  name: "route flush",
  summary: "remove everything of ours from the kernel",
  about: "Routes, rules, nexthops, tenant devices, keys and the nftables table. What others installed stays.",
  flags: [NETNS],
  examples: [{ command: "srwan route flush --netns sea", about: "leave a namespace as it was" }],
  run: (context, input) =>
    here(input, async (l) =>
      l.withMachine(context, async (machine) => applyView(l, await l.apply(machine, { objects: [], edge: "" }))),
    ),
};

export const routeWatch: Verb = {
  name: "route watch",
  summary: "keep the kernel at what is wanted, repairing what drifts",
  about:
    "Applies, then listens: when a route, nexthop, rule or link changes it looks again and repairs. Ends on Ctrl-C.",
  flags: [DESIRED, NETNS, RISK, OWN],
  examples: [{ command: "srwan route watch --desired pop.yaml", about: "until it is stopped" }],
  run: (context, input) =>
    here(input, async (l) => {
      const wanted = l.readWanted(input, context);
      const log = await context.log();
      return l.withMachine(context, async (machine) => {
        const wake = new Wake();
        process.once("SIGINT", () => wake.end());
        process.once("SIGTERM", () => wake.end());
        machine.kernel.watch(Object.values(l.GROUP), () => wake.wake());
        let repairs = 0;
        do {
          const { steps, troubles, inPlace } = await l.apply(machine, wanted);
          for (const trouble of troubles) log.warn(l.troubleText(trouble));
          if (steps.length > 0) {
            repairs += steps.length;
            log.info("repaired", { changes: steps.length, inPlace, steps: l.planCommands(steps.slice(0, 10)) });
          }
        } while (await wake.next());
        return { data: { changes: repairs }, text: () => `${repairs} changes made while watching.` };
      });
    }),
};

/** Wakes once for a burst of changes. Our own changes wake it too; the look that follows then finds nothing to do. */
class Wake {
  #ended = false;
  #due = false;
  #resolve: () => void = () => undefined;

  wake(): void {
    this.#due = true;
    this.#resolve();
  }

  end(): void {
    this.#ended = true;
    this.#resolve();
  }

  async next(): Promise<boolean> {
    if (!this.#due && !this.#ended) await new Promise<void>((resolve) => (this.#resolve = resolve));
    if (!this.#ended) await new Promise((resolve) => setTimeout(resolve, LIMITS.watchSettleMs));
    this.#due = false;
    return !this.#ended;
  }
}
