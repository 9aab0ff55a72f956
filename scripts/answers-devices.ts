// What verbs of routers answer with under -o json, as published schemas.

import { Type } from "typebox";
import { DeviceIntent } from "../src/wire/intent.ts";
import { SealedOutcome } from "../src/wire/outcome.ts";
import { answer, byName, count, either, list, oneOf, orNull, part, text, texts, yes } from "./answer-parts.ts";

const family = oneOf(["iosxr", "iosxe", "junos"], "The family of routers.");

const Rendered = answer("device render", {
  platform: family,
  as: oneOf(["xml", "json", "cli"], "The form."),
  removes: yes("It takes the intents away."),
  rendered: list(
    part({
      intent: DeviceIntent,
      what: text('"policy sea-fra".'),
      xml: Type.Optional(texts("Elements of the edit.")),
      requests: Type.Optional(list(Type.Unknown(), "Requests of RESTCONF.")),
      lines: Type.Optional(texts("The router's own command line.")),
    }),
    "In the order in which they are sent.",
  ),
});

const Supported = Type.Array(
  part({
    intent: text("Which."),
    platform: family,
    supported: yes("The family can have it."),
    reasons: Type.Optional(list(part({ field: text("Of the intent."), why: text("Why not.") }))),
    instead: Type.Optional(DeviceIntent),
  }),
  { title: "srwan device supports" },
);

const Differences = Type.Array(
  part({ intent: text("Which."), stands: yes("As asked for."), differences: texts("What is not as asked for.") }),
  { title: "srwan device diff" },
);

const Capabilities = answer("netconf capabilities", {
  device: text("As named."),
  address: text("Where it answered."),
  user: text("Who logged in."),
  hostKey: text("The key it proved to have."),
  sessionId: Type.Unknown({ description: "As the device gave it." }),
  capabilities: texts("Of the protocol."),
  modules: list(
    Type.Object({
      name: text("Of the YANG module."),
      revision: Type.Optional(text("A date.")),
    }),
  ),
});

const Reply = (verb: string) =>
  answer(verb, {
    device: text("As named."),
    ok: yes("It answered with ok, and nothing else."),
    xml: orNull(text("What it answered with.")),
    warnings: list(
      part({
        type: text("Error-type."),
        tag: text("Error-tag."),
        severity: oneOf(["error", "warning"], "Warning."),
        appTag: Type.Optional(text("Error-app-tag.")),
        path: Type.Optional(text("Error-path.")),
        message: Type.Optional(text("In words.")),
        info: Type.Optional(byName(Type.String(), "By the names of its elements.")),
      }),
    ),
  });

const Notifications = answer("netconf watch", {
  count: count("Received."),
  notifications: list(
    part({
      eventTime: text("The device's own."),
      event: text("Its name."),
      lostBefore: count("Notifications that were dropped before it."),
      xml: text("All of it."),
    }),
    "Of --count.",
  ),
});

/** By verb. */
export const DEVICE_ANSWERS = {
  "device render": Rendered,
  "device supports": Supported,
  "device list": answer("device list", { intents: list(DeviceIntent, "What the router holds of ours.") }),
  "device diff": Differences,
  "device apply": SealedOutcome,
  "netconf capabilities": Capabilities,
  "netconf get": Reply("netconf get"),
  "netconf get-config": Reply("netconf get-config"),
  "netconf rpc": Reply("netconf rpc"),
  "netconf commit": Reply("netconf commit"),
  "netconf edit": SealedOutcome,
  "netconf reconcile": either("netconf reconcile", SealedOutcome, list(SealedOutcome)),
  "netconf watch": Notifications,
};
