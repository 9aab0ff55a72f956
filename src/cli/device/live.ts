// `srwan device list|diff|apply`: a router that is there.

import { RealClock } from "../../base/clock.ts";
import { EXIT_CODES, SrwanError } from "../../base/errors.ts";
import { parseDurationMs } from "../../base/units.ts";
import { removingChange, settingChange } from "../../netconf/devices/change.ts";
import { type Driver, driverOf, type Expectation, reasonsText } from "../../netconf/devices/driver.ts";
import { keyOf } from "../../netconf/devices/intent-file.ts";
import { subtree } from "../../netconf/filter.ts";
import { NS } from "../../netconf/names.ts";
import { get, getConfig } from "../../netconf/operations.ts";
import type { Session } from "../../netconf/session.ts";
import { transact } from "../../netconf/transaction/transact.ts";
import { elementsOf, find, inNamespace, type XmlElement } from "../../netconf/xml/element.ts";
import type { DeviceIntent } from "../../wire/intent.ts";
import { textOf } from "../flags.ts";
import { chooseDevice, withSession } from "../netconf/device.ts";
import { transactorOf } from "../netconf/edit.ts";
import { outcomeView } from "../netconf/outcome-text.ts";
import { table } from "../output.ts";
import type { Context, Input, View } from "../verb.ts";
import { familyOf, intentsFrom } from "./input.ts";

const driverFor = ({ env }: Context, { arguments: [device = ""], flags }: Input): Driver =>
  driverOf(familyOf(flags.platform, chooseDevice(device, flags, env).family));

export async function running(session: Session, filter: readonly XmlElement[]): Promise<readonly XmlElement[]> {
  const { root } = await session.call(getConfig("running", { filter: subtree(filter) }));
  const data = find(root, "data");
  return data ? elementsOf(data) : [];
}

/** What this box cannot have, by what it announces: said before anything is sent. */
async function refuseUnsupported(session: Session, driver: Driver, intents: readonly DeviceIntent[]): Promise<void> {
  const library = session.capabilities.module("ietf-yang-library") ? await yangLibrary(session) : [];
  const known = driver.capabilities(session.capabilities, library);
  for (const intent of intents) {
    const verdict = driver.supports(intent, known);
    if (verdict.supported) continue;
    throw new SrwanError("INTENT_UNSUPPORTED", `${keyOf(intent)}: ${reasonsText(verdict.reasons)}`, {
      remedy: "See `srwan device supports`; nothing was sent.",
      deviceStateKnown: true,
    });
  }
}

export async function yangLibrary(session: Session): Promise<readonly XmlElement[]> {
  const library = inNamespace(NS.yangLibrary);
  const { root } = await session.call(get({ filter: subtree([library("yang-library"), library("modules-state")]) }));
  const data = find(root, "data");
  return data ? elementsOf(data) : [];
}

export async function listDevice(context: Context, input: Input): Promise<View> {
  const driver = driverFor(context, input);
  return withSession(context, input, async (session) => {
    const intents = driver.read(await running(session, driver.everything));
    return {
      data: { intents },
      text: (wide, screen) =>
        intents.length === 0
          ? "The router holds nothing of ours."
          : table(
              intents,
              [
                { title: "HOLDS", cell: keyOf },
                { title: "WHAT", cell: (one) => wordsOf(one) },
              ],
              wide,
              screen,
            ),
    };
  });
}

function wordsOf(intent: DeviceIntent): string {
  switch (intent.kind) {
    case "locator":
      return `${intent.prefix}, ${intent.format}`;
    case "sid":
      return [intent.behavior, intent.device, intent.vrf].filter(Boolean).join(" ");
    case "policy": {
      const lists = intent.paths.map(({ name, sids, weight }) => `${name} ×${weight} ${sids.join(",")}`);
      const backup = intent.backup ? [`else ${intent.backup.name} ${intent.backup.sids.join(",")}`] : [];
      return `color ${intent.color} to ${intent.endpoint}: ${[...lists, ...backup].join("; ")}`;
    }
    case "dynamic-policy":
      return `color ${intent.color} to ${intent.endpoint}, computed by ${intent.metric}`;
    case "route":
      return `over ${intent.policy}`;
    case "queue":
      return `${intent.device}, DSCP ${intent.dscp.join(",")}, ${intent.rateBps} bit/s`;
  }
}

type Row = { readonly intent: string; readonly stands: boolean; readonly differences: readonly string[] };

export async function diffDevice(context: Context, input: Input): Promise<View> {
  const driver = driverFor(context, input);
  const intents = intentsFrom(input.flags.intent);
  const expectations = intents.map((intent) => [keyOf(intent), driver.expected(intent)] as const);
  return withSession(context, input, async (session) => {
    const rows: Row[] = [];
    for (const [intent, expectation] of expectations) rows.push(await rowOf(session, intent, expectation));
    const asked = new Set(intents.map(keyOf));
    const beside = driver.read(await running(session, driver.everything)).map(keyOf);
    for (const intent of beside.filter((one) => !asked.has(one))) {
      rows.push({ intent, stands: false, differences: ["of ours, and not asked for"] });
    }
    return {
      data: rows,
      text: (wide, screen) =>
        table(
          rows.flatMap(({ intent, differences }) =>
            differences.length === 0 ? [{ intent, why: "as asked for" }] : differences.map((why) => ({ intent, why })),
          ),
          [
            { title: "INTENT", cell: (one) => one.intent },
            { title: "ON THE ROUTER", cell: (one) => one.why },
          ],
          wide,
          screen,
        ),
      exitCode: rows.every(({ stands }) => stands) ? EXIT_CODES.ok.code : EXIT_CODES.failed.code,
    };
  });
}

async function rowOf(session: Session, intent: string, { filter, compare }: Expectation): Promise<Row> {
  const differences = compare(await running(session, filter));
  return { intent, stands: differences.length === 0, differences };
}

/** As one transaction. What others configured is not overwritten unless that is accepted. */
export async function applyDevice(context: Context, input: Input): Promise<View> {
  const { flags } = input;
  const [device = ""] = input.arguments;
  const driver = driverFor(context, input);
  const intents = intentsFrom(flags.intent);
  const removes = flags.remove === true;
  await withSession(context, input, async (session) => {
    if (removes) return;
    await refuseUnsupported(session, driver, intents);
    if (flags.acceptRisk === "foreign") return;
    for (const intent of intents) {
      const [what] = driver.foreign(intent, await running(session, driver.expected(intent).filter));
      if (what === undefined) continue;
      throw new SrwanError("RISK_FOREIGN", `${what} of ${device} was configured by somebody else`, {
        remedy: "Ask whose it is; --accept-risk foreign overwrites it.",
        deviceStateKnown: true,
      });
    }
  });
  const within = textOf(flags.confirmWithin);
  const change = removes
    ? removingChange(device, driver, intents)
    : settingChange(device, driver, intents, { clock: new RealClock(), verifies: flags.unverified !== true });
  const sealed = await transact([change], transactorOf(context, input), {
    ...(within !== undefined && { confirmMs: parseDurationMs(within) }),
  });
  return outcomeView([sealed]);
}
