// From an agent's configuration to its parts: on the machine that forwards, or beside the router that does.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Static } from "typebox";
import { Check } from "typebox/value";
import { type Clock, RealClock } from "../../base/clock.ts";
import { readConfig } from "../../base/config-file.ts";
import { SrwanError } from "../../base/errors.ts";
import { readFile } from "../../base/file.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { misfit } from "../../base/misfit.ts";
import { RealRng } from "../../base/real-rng.ts";
import { agentRole } from "../../base/roles.ts";
import { Agent } from "../../pop-agent/agent.ts";
import { type Identity, needIdentity } from "../../pop-agent/identity.ts";
import { LinuxDriver } from "../../pop-agent/linux/driver.ts";
import { Tables } from "../../pop-agent/linux/tables.ts";
import { TooBigRelay } from "../../pop-agent/linux/too-big-relay.ts";
import { StateFolder } from "../../pop-agent/state-folder.ts";
import { WireguardDevices } from "../../pop-agent/wireguard/devices.ts";
import { checkTunnels } from "../../pop-agent/wireguard/plan.ts";
import { fileJournal } from "../../srv6/linux/journal.ts";
import { Kernel } from "../../srv6/linux/kernel.ts";
import { nftEdge, watchEdge } from "../../srv6/linux/nft.ts";
import { procSettings } from "../../srv6/linux/settings.ts";
import { openSocket, PROTOCOL } from "../../srv6/linux/socket.ts";
import { PopRecord } from "../../wire/pop.ts";
import { logOf } from "../serving.ts";
import type { Context } from "../verb.ts";

export type AgentSettings = Static<(typeof agentRole)["schema"]>;

/** Flags beat the file and the environment. */
export const readSettings = (context: Context, flags: Readonly<Record<string, string>> = {}): AgentSettings =>
  readConfig(agentRole, { env: context.env, file: context.configFile, flags }).values;

export const controlPath = ({ control, state }: AgentSettings): string => control ?? join(state, "agent.sock");

/** A POP's record, as JSON or YAML. */
export async function readRecord(path: string): Promise<PopRecord> {
  const text = readFile(path, LIMITS.configFileMaxOctets).toString("utf8");
  const { parse } = await import("yaml");
  const value: unknown = parse(text);
  if (Check(PopRecord, value)) {
    checkTunnels(value, path);
    return value;
  }
  const wrong = misfit(PopRecord, value, "See docs/reference/schemas.");
  throw new SrwanError("CONFIG_VALUE_INVALID", `${path}: ${wrong?.path.join(".")} ${wrong?.what}`, {
    remedy: wrong?.remedy ?? "Write it after docs/how-to/run-an-agent.md.",
    details: { file: path },
  });
}

export const agentLog = ({ log }: AgentSettings): Logger => logOf(log, process.env);

export async function buildAgent(settings: AgentSettings, log: Logger, env: Context["env"] = {}): Promise<Agent> {
  const clock = new RealClock();
  const folder = new StateFolder(settings.state);
  const named = settings.record;
  const told = named !== undefined && existsSync(named) ? await readRecord(named) : undefined;
  const identity = needIdentity(folder);
  const record = told ?? identity.record;
  const parts: DriverParts = { settings, record, identity, folder, clock, log };
  const driver =
    record.platform === "linux"
      ? linuxDriver(parts)
      : (await import("./router.ts")).routerDriver(parts, record.platform, env);
  const { management, pulse, probe } = settings;
  const plan = { record: told, management, pulse, probe: { ...probe, namespace: probe.namespace } };
  const wireguard =
    record.platform === "linux" ? { wireguard: { devices: new WireguardDevices(), ...settings.wireguard } } : {};
  return new Agent({ plan, folder, driver, clock, rng: new RealRng(), log, ...wireguard });
}

export type DriverParts = {
  readonly settings: AgentSettings;
  readonly record: PopRecord;
  readonly identity: Identity;
  readonly folder: StateFolder;
  readonly clock: Clock;
  readonly log: Logger;
};

function linuxDriver({ record, folder, clock, log }: DriverParts): LinuxDriver {
  const kernel = (): Kernel =>
    new Kernel(
      { route: openSocket(PROTOCOL.route), generic: openSocket(PROTOCOL.generic), settings: procSettings },
      clock,
    );
  const tooBig = new TooBigRelay();
  if (!tooBig.isOpen) log.warn("no raw socket: senders of packets that are too big will not be told");
  return new LinuxDriver({
    kernel: kernel(),
    quick: kernel(),
    edge: nftEdge,
    watchEdge,
    journal: fileJournal(folder.file("owned")),
    tables: new Tables(record),
    tooBig,
  });
}
