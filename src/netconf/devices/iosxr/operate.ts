// What IOS-XR says of itself in operation: whether a thing works, the binding SID that it chose, and its counters.

import type { DeviceIntent, IntentOf } from "../../../wire/intent.ts";
import { inNamespace, textAt, type XmlElement } from "../../xml/element.ts";
import type { Check, CounterSource, Finding } from "../family.ts";
import { below, counterAt, every, numberAt } from "../find.ts";
import { onBox } from "../names.ts";
import { sameValue } from "../value.ts";
import { XR } from "./ns.ts";

const srv6 = inNamespace(XR.srv6State);
const te = inNamespace(XR.teState);
const qos = inNamespace(XR.qosState);
const stats = inNamespace(XR.statistics);

export function checks(intent: DeviceIntent): readonly Check[] {
  switch (intent.kind) {
    case "locator":
      return [locatorUp(onBox(intent.name))];
    case "sid":
      return [sidInstalled(intent.sid)];
    case "policy":
      return [policyUp(intent)];
    case "queue":
      return [queueActive(intent.device, onBox(intent.name))];
    default:
      return [];
  }
}

const locatorUp = (name: string): Check => ({
  what: `locator ${name} is operational`,
  filter: [srv6("srv6", srv6("active", srv6("locators", srv6("locator", srv6("name", name), srv6("info")))))],
  judge: (data) => {
    const found = every(data, "srv6", "active", "locators", "locator").find((one) => textAt(one, "name") === name);
    if (!found) return notYet(`the router has no locator ${name} yet`);
    if (textAt(found, "info", "is-operational") !== "true") return notYet(`locator ${name} is not operational`);
    return { state: "holds", facts: { prefix: textAt(found, "info", "prefix") ?? "" } };
  },
});

const sidInstalled = (sid: string): Check => ({
  what: `SID ${sid} forwards`,
  filter: [srv6("srv6", srv6("active", srv6("locator-all-sids", srv6("locator-all-sid", srv6("sid", sid)))))],
  judge: (data) => {
    const found = every(data, "srv6", "active", "locator-all-sids", "locator-all-sid").find((one) =>
      sameValue(textAt(one, "sid") ?? "", sid),
    );
    if (!found) return notYet(`the router has not installed ${sid} yet`);
    if (textAt(found, "has-forwarding") === "false") return notYet(`${sid} has no forwarding entry`);
    return { state: "holds", facts: { sid } };
  },
});

/** Looked for by where it leads: the router names it by that, not by what it was called. */
const policyUp = ({ name, color, endpoint, bindingSid }: IntentOf<"policy">): Check => ({
  what: `policy ${onBox(name)} is up${bindingSid ? ", with a binding SID" : ""}`,
  filter: [te("xtc", te("policies", te("policy", te("color", String(color)))))],
  judge: (data) => {
    const found = every(data, "xtc", "policies", "policy").find(
      (one) =>
        numberAt(one, "color") === color && sameValue(textAt(one, "destination-address", "ipv6") ?? "", endpoint),
    );
    if (!found) return notYet(`the router has no policy of color ${color} to ${endpoint} yet`);
    if (numberAt(found, "administrative-up") === 0)
      return { state: "broken", why: `policy ${onBox(name)} is shut down` };
    if (!numberAt(found, "operational-up")) return notYet(`policy ${onBox(name)} is down${whyDown(found)}`);
    const sid = textAt(found, "binding-sid", "value", "srv6sid");
    const chosen = sid !== undefined && sid !== "::";
    if (bindingSid && !chosen) return notYet(`policy ${onBox(name)} has no binding SID yet`);
    return { state: "holds", facts: chosen ? { bindingSid: sid } : {} };
  },
});

const whyDown = (policy: XmlElement): string => {
  const errors = below(policy, "candidate-path")
    .map((one) => textAt(one, "error"))
    .filter(Boolean);
  return errors.length > 0 ? `: ${errors.join("; ")}` : "";
};

const queueActive = (device: string, name: string): Check => ({
  what: `queue ${name} is active on ${device}`,
  filter: [
    qos(
      "qos",
      qos(
        "interface-table",
        qos("interface", qos("interface-name", device), qos("output", qos("service-policy-names"))),
      ),
    ),
  ],
  judge: (data) => {
    const found = instances(data).find((one) => one.device === device && one.policy === name);
    if (!found) return notYet(`${device} has no output policy ${name} yet`);
    const state = textAt(found.instance, "statistics", "state");
    if (state === "suspended") {
      const why = textAt(found.instance, "statistics", "state-description") ?? "no reason given";
      return { state: "broken", why: `the policy on ${device} is suspended: ${why}` };
    }
    return { state: "holds", facts: {} };
  },
});

function instances(data: readonly XmlElement[]) {
  return every(data, "qos", "interface-table", "interface").flatMap((one) =>
    below(one, "output", "service-policy-names", "service-policy-instance").map((instance) => ({
      device: textAt(one, "interface-name") ?? "",
      policy: textAt(instance, "service-policy-name") ?? "",
      instance,
    })),
  );
}

const notYet = (why: string): Finding => ({ state: "not-yet", why });

export const counters: readonly CounterSource[] = [
  {
    what: "interface",
    modules: [{ name: "Cisco-IOS-XR-infra-statsd-oper" }],
    filter: [
      stats(
        "infra-statistics",
        stats("interfaces", stats("interface", stats("interface-name"), stats("generic-counters"))),
      ),
    ],
    read: (data) =>
      every(data, "infra-statistics", "interfaces", "interface").map((one) => ({
        what: "interface",
        name: textAt(one, "interface-name") ?? "",
        packets: counterAt(one, "generic-counters", "packets-sent"),
        octets: counterAt(one, "generic-counters", "bytes-sent"),
        droppedPackets: counterAt(one, "generic-counters", "output-drops"),
      })),
  },
  {
    what: "queue",
    modules: [{ name: "Cisco-IOS-XR-qos-ma-oper" }],
    filter: [qos("qos", qos("interface-table", qos("interface", qos("interface-name"), qos("output"))))],
    read: (data) =>
      instances(data).flatMap(({ device, instance }) =>
        below(instance, "statistics", "class-stats").map((one) => ({
          what: "queue",
          name: `${device} ${textAt(one, "class-name") ?? ""}`,
          packets: counterAt(one, "general-stats", "transmit-packets"),
          octets: counterAt(one, "general-stats", "transmit-bytes"),
          droppedPackets: counterAt(one, "general-stats", "total-drop-packets"),
        })),
      ),
  },
  {
    what: "policy",
    modules: [{ name: "Cisco-IOS-XR-infra-xtc-agent-oper" }],
    filter: [te("xtc", te("forwarding", te("policy-forwardings", te("policy-forwarding", te("name"), te("stats")))))],
    read: (data) =>
      every(data, "xtc", "forwarding", "policy-forwardings", "policy-forwarding").map((one) => ({
        what: "policy",
        name: textAt(one, "name") ?? "",
        packets: counterAt(one, "stats", "packets"),
        octets: counterAt(one, "stats", "bytes"),
      })),
  },
];
