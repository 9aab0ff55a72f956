// `srwan lab up|down|inspect|exec|impair`: whole WANs on one machine, from a containerlab file.

import { EXIT_CODES } from "../../base/errors.ts";
import type { Argument, Context, Flag, Input, Verb, View } from "../verb.ts";

const FILE: Argument = { name: "file", about: "a containerlab topology file" };
const LAB: Argument = { name: "lab", about: "the lab's topology file, or its name" };
const ROOTLESS: Flag = { name: "--rootless", about: "inside a user namespace; the default for users other than root" };

/** Loaded when a verb runs. */
const load = () => import("../lab/load.ts");

const many = (count: number, one: string, more: string): string => `${count} ${one}${count === 1 ? "" : more}`;

const argument = ({ arguments: given }: Input, i: number): string => given[i] ?? "";

export const labUp: Verb = {
  name: "lab up",
  summary: "build a lab of network namespaces from a containerlab file",
  about:
    "Nodes of kind linux become network namespaces; other kinds are named and left out. Links delay, lose and shape as the " +
    "file's labels say, by the kernel's netem where it has it, else by a relay. Needs no root: without it everything is " +
    "inside one user namespace. What fails or is interrupted leaves nothing behind.",
  arguments: [FILE],
  flags: [ROOTLESS, { name: "--reconfigure", about: "build it anew where a lab of this name is up" }],
  examples: [
    { command: "srwan lab up labs/containerlab/triangle/triangle.clab.yml", about: "three POPs" },
    { command: "srwan lab up wan.clab.yml --reconfigure", about: "after a change of the file" },
  ],
  run: async (context, input) => {
    const [{ labUp: up }, { RealClock, upText, selfWords, interrupted }] = await Promise.all([
      import("../../lab/net/up.ts"),
      load(),
    ]);
    const report = await up({
      file: argument(input, 0),
      rootless: input.flags.rootless === true || process.getuid?.() !== 0,
      reconfigure: input.flags.reconfigure === true,
      env: context.env,
      self: selfWords(),
      clock: new RealClock(),
      progress: context.progress,
      signal: interrupted(),
    });
    const { lab, record, tookMs, leftOut, warnings } = report;
    return {
      data: {
        name: lab.name,
        rootless: record.rootless,
        links: record.links,
        nodes: lab.nodes.length,
        linksBuilt: lab.links.length,
        tookMs: Math.round(tookMs),
        leftOut,
        warnings,
      },
      text: (_wide, screen) => upText(report, screen),
    };
  },
};

export const labDown: Verb = {
  name: "lab down",
  summary: "take a lab down and leave nothing of it",
  about: "Ends its processes, removes its namespaces and its state, also where whoever built it was killed half-way.",
  arguments: [LAB],
  examples: [{ command: "srwan lab down triangle", about: "by its name" }],
  run: async (context, input) => {
    const { labDown: down, findFolder, refuseWhileMaking, RealClock } = await load();
    const folder = await findFolder(argument(input, 0), context.env);
    refuseWhileMaking(folder);
    const { processes, namespaces } = await down(folder, new RealClock());
    return {
      data: { name: folder.name, processes, namespaces },
      text: () => {
        const counted = `${many(processes, "process", "es")} ended, ${many(namespaces, "namespace", "s")} removed`;
        return `Lab ${folder.name} is down: ${counted}.`;
      },
    };
  },
};

export const labInspect: Verb = {
  name: "lab inspect",
  summary: "what a lab is and what its links do now",
  about:
    "Without a name, every lab of this user. Counts are of frames since the lab came up. Own loss is what the lab lost and " +
    "should not have: what was measured meanwhile is not to be trusted.",
  arguments: [{ ...LAB, optional: true }],
  examples: [
    { command: "srwan lab inspect triangle", about: "nodes, clocks and links" },
    { command: "srwan lab inspect triangle -o json", about: "the same for a program" },
  ],
  run: async (context, input) => {
    const { inspectLab, findFolder, allFolders, stateText, listText } = await load();
    if (input.arguments.length > 0) {
      const state = await inspectLab(await findFolder(argument(input, 0), context.env));
      return {
        data: state,
        text: (wide, screen) => stateText(state, wide, screen),
        exitCode: state.state === "broken" ? EXIT_CODES.failed.code : EXIT_CODES.ok.code,
      };
    }
    const states = await Promise.all(allFolders(context.env).map(inspectLab));
    return { data: states, text: (wide, screen) => listText(states, wide, screen) };
  },
};

export const labExec: Verb = {
  name: "lab exec",
  summary: "run a command in a node of a lab",
  about:
    "The command is found as outside, and sees the node's network and the names of all nodes in /etc/hosts. " +
    "SRWAN_CLOCK_OFFSET_US, SRWAN_CLOCK_DRIFT_PPM and SRWAN_CLOCK_SINCE_US tell it how the node's clock goes wrong. " +
    "Write -- before the command; its exit code is the verb's.",
  arguments: [
    LAB,
    { name: "node", about: "a node, by its name or its POP's" },
    { name: "command", about: "the command and its words", variadic: true },
  ],
  examples: [
    { command: "srwan lab exec triangle ams -- ping -c 3 fra", about: "ping by name" },
    { command: "srwan lab exec triangle ams -- bash", about: "a shell there" },
  ],
  run: async (context, input) => {
    const { execInNode, findFolder } = await load();
    const [lab = "", node = "", ...words] = input.arguments;
    const exitCode = await execInNode(await findFolder(lab, context.env), node, words, context.env);
    return { data: undefined, text: () => "", exitCode, written: true };
  },
};

export const labImpair: Verb = {
  name: "lab impair",
  summary: "change what a link does to packets, for good or for a while",
  about:
    "Changes the direction that leaves each interface named; what is not named stays. With --for the change ends by " +
    "itself, whatever becomes of this command. --reset goes back to what the file says.",
  arguments: [LAB, { name: "end", about: 'the interface packets leave by: "ams:eth1"', variadic: true }],
  flags: [
    { name: "--delay", value: "time", about: "hold each packet: 80ms" },
    { name: "--jitter", value: "time", about: "plus or minus up to this: 1ms" },
    { name: "--loss", value: "share", about: "lose each packet with this chance: 2%" },
    { name: "--rate", value: "rate", about: "let through no more: 50mbit; none lifts the limit" },
    { name: "--down", about: "lose everything" },
    { name: "--both", about: "the other direction of each link too" },
    { name: "--for", value: "time", about: "end by itself after this: 30s" },
    { name: "--reset", about: "back to what the file says" },
  ],
  examples: [
    { command: "srwan lab impair triangle ams:eth1 --delay 80ms --loss 2% --for 30s", about: "worse for a while" },
    { command: "srwan lab impair triangle ams:eth1 --both --down", about: "cut a link" },
    { command: "srwan lab impair triangle ams:eth1 --both --reset", about: "mend it" },
  ],
  run: async (context, input) => impair(context, input),
};

async function impair(context: Context, input: Input): Promise<View> {
  const { readImpair, askKeeper, findFolder, recordOf, directionsText } = await load();
  const folder = await findFolder(argument(input, 0), context.env);
  const record = recordOf(folder);
  const request = readImpair(input, folder.lab());
  const { directions } = await askKeeper(folder, record, request);
  const changed = directions.filter(({ end }) => request.ends.includes(end));
  return { data: changed, text: (_wide, screen) => directionsText(changed, screen) };
}

export const labGraph: Verb = {
  name: "lab graph",
  summary: "draw a topology file",
  about: "As Mermaid, as Graphviz' DOT, or as one HTML page that needs nothing else. The lab need not be up.",
  arguments: [FILE, { name: "out", about: "the file to write; without it, stdout", optional: true }],
  flags: [
    { name: "--mermaid", about: "for pages that render it (the default)" },
    { name: "--dot", about: "for Graphviz" },
    { name: "--html", about: "a page of its own" },
  ],
  examples: [
    { command: "srwan lab graph wan.clab.yml", about: "as Mermaid" },
    { command: "srwan lab graph wan.clab.yml --html wan.html", about: "as a page" },
  ],
  run: async (_context, { arguments: [file = "", out], flags }) => {
    const { drawing } = await import("../lab/graph.ts");
    return drawing(file, flags.html === true ? "html" : flags.dot === true ? "dot" : "mermaid", out);
  },
};

export const labRun: Verb = {
  name: "lab run",
  summary: "play a scenario and say whether what it expects came true",
  about:
    "Timed impairments, traffic and expectations, from a seed. A lab that is not up is brought up first and taken down " +
    "after. Exits 1 when an expectation did not come true.",
  arguments: [FILE],
  flags: [
    { name: "--scenario", value: "file", about: "the scenario; without it, NAME.scenario.yml beside the topology" },
    ROOTLESS,
  ],
  examples: [
    { command: "srwan lab run labs/containerlab/triangle/triangle.clab.yml", about: "twelve seconds, with a verdict" },
  ],
  run: async (context, input) => {
    const { runScenario } = await import("../lab/run.ts");
    return runScenario(context, input);
  },
};

export const labDemo: Verb = {
  name: "lab demo",
  summary: "the whole system at work, each step proved",
  about:
    "Brings the transatlantic lab up with a controller and an agent in each POP, sends a customer's traffic, congests a " +
    "segment in use, and tells what becomes of it. Each step is held against the kernel's own answer and packets on the " +
    "wire; exits 1 when one does not hold. Takes everything down at its end.",
  arguments: [],
  flags: [
    { name: "--quick", about: "end when all is shown, in about a minute and a half" },
    { name: "--sabotage", value: "step", about: "break a step on purpose, or each in turn; the demo must notice" },
    { name: "--port", value: "number", about: "where the controller listens on 127.0.0.1 (7177; with --quick any)" },
    ROOTLESS,
  ],
  examples: [
    { command: "srwan lab demo", about: "stays up until Ctrl-C" },
    { command: "srwan lab demo --quick --sabotage degraded", about: "no congestion comes: exits 1" },
  ],
  run: async (context, input) => {
    const { runDemo } = await import("../lab/demo.ts");
    return runDemo(context, input);
  },
};

/** Started by `lab run` in a node; not for people. */
export const labFlow: Verb = {
  name: "__lab-flow",
  summary: "sends or receives a lab's test traffic",
  about: "",
  arguments: [{ name: "side", about: "send or sink", choices: ["send", "sink"] }],
  examples: [],
  hidden: true,
  run: async (_context, input) => {
    const { flowProcess } = await import("../../lab/flow/process.ts");
    await flowProcess(argument(input, 0) === "send" ? "send" : "sink");
    return { data: undefined, text: () => "", written: true };
  },
};

/** Started by `lab up`; not for people. */
export const labKeeper: Verb = {
  name: "__lab-keeper",
  summary: "the process that keeps a lab",
  about: "",
  arguments: [{ name: "folder", about: "the lab's state folder" }],
  examples: [],
  hidden: true,
  run: async (_context, input) => {
    const [{ keep }, { LabFolder }] = await Promise.all([
      import("../../lab/net/keeper.ts"),
      import("../../lab/net/folder.ts"),
    ]);
    await keep(new LabFolder(argument(input, 0)));
    return { data: undefined, text: () => "", written: true };
  },
};
