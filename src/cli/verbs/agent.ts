// `srwan agent join|run|status`: the process on a POP.

import { SrwanError } from "../../base/errors.ts";
import { SMALL_HEAP } from "../../base/heap.ts";
import type { Flag, Input, Verb } from "../verb.ts";

const flag = (input: Input, name: string): string => {
  const value = input.flags[name];
  if (typeof value === "string") return value;
  throw new SrwanError("USAGE", `--${name} is missing`, { remedy: `Give --${name}; see \`srwan agent join --help\`.` });
};

const TOKEN: Flag = {
  name: "--token",
  value: "token",
  about: "from whoever runs the service; @FILE reads it from there",
};

export const agentJoin: Verb = {
  name: "agent join",
  summary: "make this machine a POP of a service",
  about:
    "Makes a key pair that never leaves this machine, shows the token, and keeps the certificate that comes back in the " +
    "state folder (setting state), readable by its owner alone. A token is good once, and says which service is the right " +
    "one: another is shown nothing. Joining again keeps the key: it is the same POP.",
  role: "agent",
  flags: [
    TOKEN,
    { name: "--service", value: "url", about: "https://host:port; http only on this machine" },
    { name: "--record", value: "file", about: "who this POP is, as JSON or YAML" },
    {
      name: "--authority",
      value: "file",
      about:
        "of the service's certificate, in PEM, where it is of neither its own authority nor one this machine trusts",
    },
  ],
  examples: [
    {
      command: "srwan agent join --token @t --service https://wan.example.net --record p.yaml",
      about: "once, before the first run",
    },
  ],
  run: async (context, input) => {
    const [{ readSettings, readRecord }, { join }, { StateFolder }, { RealClock }, { readFile }] = await Promise.all([
      import("../agent/setup.ts"),
      import("../../pop-agent/join.ts"),
      import("../../pop-agent/state-folder.ts"),
      import("../../base/clock.ts"),
      import("../../base/file.ts"),
    ]);
    const settings = readSettings(context);
    const text = (path: string): string => readFile(path, 131_072).toString("utf8");
    const token = flag(input, "token");
    const authority = input.flags.authority;
    const identity = await join(
      {
        folder: new StateFolder(settings.state),
        service: flag(input, "service"),
        token: token.startsWith("@") ? text(token.slice(1)).trim() : token,
        record: await readRecord(flag(input, "record")),
        ...(typeof authority === "string" ? { authority: text(authority) } : {}),
      },
      new RealClock(),
    );
    const { record, group, locator, renewBeforeMs } = identity;
    const ends = new Date(renewBeforeMs).toISOString();
    return {
      data: { pop: record.name, group, locator, certificateEnds: ends, state: settings.state },
      text: () => `${record.name} joined group ${group} with locator ${locator}; its certificate ends ${ends}.`,
    };
  },
};

/** Becomes the same command with a small young heap, so that its id, its streams and its signals stay the caller's. */
function stayingSmall(): void {
  if (process.execve === undefined || SMALL_HEAP.every((flag) => process.execArgv.includes(flag))) return;
  process.execve(process.execPath, [process.execPath, ...SMALL_HEAP, ...process.execArgv, ...process.argv.slice(1)]);
}

export const agentRun: Verb = {
  name: "agent run",
  summary: "hold, prove and measure what the service desires",
  about:
    "Goes on with the last document where the service is away, and touches nothing that is right. A path carries when it " +
    "was read back and its probe was answered; a dead one is left for its backup without asking. What it installed stays " +
    "when it stops: traffic goes on. Settings are in docs/reference/configuration.md, role agent.",
  role: "agent",
  flags: [
    { name: "--router", value: "device", about: "the router of this POP: setting router.device" },
    { name: "--devices", value: "file", about: "where it is described: setting router.devices" },
  ],
  examples: [
    {
      command: "srwan agent run --config /etc/srwan/agent.yaml",
      about: "in the foreground, as a service manager wants it",
    },
    { command: "SRWAN_STATE=/tmp/sea srwan agent run", about: "another state folder" },
    { command: "srwan agent run --router sea-r1 --devices devices.yaml", about: "beside a hardware router" },
  ],
  run: async (context, { flags }) => {
    stayingSmall();
    const [
      { readSettings, buildAgent, agentLog, controlPath },
      { serveStatus },
      { Stopper },
      { RealClock },
      { serviceManager },
    ] = await Promise.all([
      import("../agent/setup.ts"),
      import("../../pop-agent/control.ts"),
      import("../../base/stop.ts"),
      import("../../base/clock.ts"),
      import("../../base/notify.ts"),
    ]);
    const settings = readSettings(context, {
      ...(typeof flags.router === "string" ? { "router.device": flags.router } : {}),
      ...(typeof flags.devices === "string" ? { "router.devices": flags.devices } : {}),
    });
    const log = agentLog(settings);
    const agent = await buildAgent(settings, log, context.env);
    const stopper = new Stopper(new RealClock());
    stopper.onStop("control socket", await serveStatus(controlPath(settings), agent));
    const { port } = settings.metrics;
    if (port !== 0) {
      const { serveMetrics } = await import("../../pop-agent/metrics.ts");
      stopper.onStop("metrics", await serveMetrics(port, () => agent.figures()));
    }
    stopper.onStop("agent", () => agent.stop());
    const manager = serviceManager(context.env);
    stopper.onStop("service manager", () => manager.stopping());
    const done = Promise.withResolvers<number>();
    stopper.onSignals(done.resolve);
    await agent.start();
    const { pop } = agent.status();
    log.info("running", { pop });
    manager.ready(`${pop} runs`);
    agent.ended.catch(done.reject);
    const exitCode = await done.promise;
    return { data: undefined, text: () => "", exitCode, written: true };
  },
};

export const agentStatus: Verb = {
  name: "agent status",
  summary: "what the agent on this machine holds, and what became of it",
  about:
    "Asks the agent's control socket. A star marks what carries; carrying is said of what was read back and proved.",
  role: "agent",
  examples: [{ command: "srwan agent status -o json", about: "for a program (schema srwan.agent-status/1)" }],
  run: async (context) => {
    const [{ readSettings, controlPath }, { askStatus }, { statusText }] = await Promise.all([
      import("../agent/setup.ts"),
      import("../../pop-agent/control.ts"),
      import("../agent/text.ts"),
    ]);
    const status = await askStatus(controlPath(readSettings(context)));
    return { data: status, text: (wide, screen) => statusText(status, wide, screen) };
  },
};

export const agentDiff: Verb = {
  name: "agent diff",
  summary: "what the machine below this agent lacks, or has too much",
  about:
    "What bringing it to the stage that its document is at would change, in its own words: commands of ip, or lines of the " +
    "router's configuration. Nothing is changed. Exits 1 when there is a difference.",
  role: "agent",
  examples: [{ command: "srwan agent diff", about: "has somebody touched it?" }],
  run: async (context) => {
    const [{ readSettings, controlPath }, { askDiff }, { EXIT_CODES }] = await Promise.all([
      import("../agent/setup.ts"),
      import("../../pop-agent/control.ts"),
      import("../../base/errors.ts"),
    ]);
    const { lines } = await askDiff(controlPath(readSettings(context)));
    return {
      data: { lines },
      text: () => (lines.length === 0 ? "It holds what it is to hold." : lines.join("\n")),
      exitCode: lines.length === 0 ? EXIT_CODES.ok.code : EXIT_CODES.failed.code,
    };
  },
};
