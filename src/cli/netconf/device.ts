// Which device a netconf verb means, and a session with it that is closed whatever happens.

import { existsSync } from "node:fs";
import { RealClock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { parseDurationMs } from "../../base/units.ts";
import type { FamilyName } from "../../netconf/devices/family.ts";
import { devicesPaths, isUrl, type Overrides, readDevices, urlTarget } from "../../netconf/devices-file.ts";
import { Session, type SessionOptions } from "../../netconf/session.ts";
import { connectSsh, type SshTarget } from "../../netconf/ssh.ts";
import { textOf } from "../flags.ts";
import type { Context, Input } from "../verb.ts";

type Flags = Input["flags"];

type Chosen = {
  readonly target: SshTarget;
  readonly session: Partial<SessionOptions>;
  /** As the devices file has it. */
  readonly family?: FamilyName;
};

/** A name of the devices file, or a URL; flags beat the file. */
export function chooseDevice(device: string, flags: Flags, env: Context["env"]): Chosen {
  const given = (flag: keyof Overrides): Overrides => {
    const value = textOf(flags[flag]);
    return value === undefined ? {} : { [flag]: value };
  };
  const overrides = { ...given("hostKey"), ...given("knownHosts"), ...given("identity"), ...given("passwordFile") };
  const deadline = textOf(flags.deadline);
  const session = deadline === undefined ? {} : { deadlineMs: parseDurationMs(deadline) };
  if (isUrl(device)) return { target: urlTarget(device, overrides, env), session };
  const file = textOf(flags.devices) ?? devicesPaths(env).find(existsSync);
  if (file === undefined) {
    throw new SrwanError("ROUTER_UNKNOWN", `there is no devices file to find "${device}" in`, {
      remedy: `Give a URL (ssh://user@host:830), --devices FILE, or write ${devicesPaths(env)[0]}.`,
    });
  }
  const devices = readDevices(file, env);
  const { inFlight, family } = devices.entry(device);
  const target = devices.target(device, overrides);
  return {
    target,
    session: { ...session, ...(inFlight !== undefined && { inFlight }) },
    ...(family !== undefined && { family }),
  };
}

export async function openDevice({ target, session }: Chosen, signal?: AbortSignal): Promise<Session> {
  return Session.open(await connectSsh(target, signal), { clock: new RealClock(), ...session });
}

/** Runs a verb's work over a session with the device that the command line names. */
export async function withSession<T>(
  { env }: Context,
  { arguments: [device = ""], flags }: Input,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openDevice(chooseDevice(device, flags, env));
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
