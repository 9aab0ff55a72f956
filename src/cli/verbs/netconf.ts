// `srwan netconf get|get-config|edit|commit|watch|capabilities|rpc|reconcile`: any NETCONF device by hand, and changes
// that are proved.

import { textOf } from "../flags.ts";
import type { Context, Flag, Input, Verb } from "../verb.ts";

const DEVICE = { name: "device", about: "a name of the devices file, or ssh://user@host:port" };

export const CONNECT: readonly Flag[] = [
  {
    name: "--devices",
    value: "file",
    about: "the devices file (default ~/.config/srwan/devices.yaml, then /etc/srwan/devices.yaml)",
  },
  { name: "--host-key", value: "key", about: "pin this host key: SHA256:…, or a line of a .pub file" },
  { name: "--known-hosts", value: "file", about: "look the host key up here (default ~/.ssh/known_hosts)" },
  { name: "--identity", value: "file", about: "log in with this private key" },
  { name: "--password-file", value: "file", about: "log in with the password in its first line" },
  { name: "--deadline", value: "time", about: "of one request (default 1m)" },
];

const READING: readonly Flag[] = [
  { name: "--filter", value: "xml", about: "a subtree, as XML or a file of it" },
  { name: "--xpath", value: "expression", about: "an XPath expression, where the device takes one" },
  { name: "--prefix", value: "list", about: "what the expression's prefixes stand for: sr=NAMESPACE,…" },
  {
    name: "--with-defaults",
    value: "mode",
    about: "what becomes of defaults (RFC 6243)",
    choices: ["report-all", "report-all-tagged", "trim", "explicit"],
  },
];

export const JOURNAL: Flag = {
  name: "--journal",
  value: "folder",
  about: "where transactions are written before they are done (default ~/.local/state/srwan/transactions)",
};
export const SIGN: Flag = { name: "--sign-with", value: "file", about: "sign the outcome with this Ed25519 key (PEM)" };

/** Loaded when a verb runs. */
async function load() {
  const [device, xml, operations] = await Promise.all([
    import("../netconf/device.ts"),
    import("../netconf/xml.ts"),
    import("../../netconf/operations.ts"),
  ]);
  return { ...device, ...xml, operations };
}

export const netconfCapabilities: Verb = {
  name: "netconf capabilities",
  summary: "what a device announces, and its host key",
  about:
    "Connects and shows the hello: protocol capabilities, then with -o wide every YANG module with its revision. The " +
    "host key is checked as always; to see the key of a device that is new, `ssh-keyscan -p 830 HOST`.",
  arguments: [DEVICE],
  flags: CONNECT,
  examples: [
    { command: "srwan netconf capabilities sea-r1", about: "a device of the devices file" },
    {
      command: "srwan netconf capabilities ssh://admin@192.0.2.1 --host-key SHA256:… -o json",
      about: "one by its address",
    },
  ],
  run: async (context, input) => {
    const { withSession } = await load();
    return withSession(context, input, async ({ id, peer, capabilities: { uris, modules } }) => {
      const protocol = uris.filter((uri) => !uri.includes("module="));
      return {
        data: { device: input.arguments[0], ...peer, sessionId: id, capabilities: protocol, modules },
        text: (wide) => {
          const all = modules.map(({ name, revision }) => `  ${name}${revision ? `@${revision}` : ""}`).sort();
          const list = wide ? all : [`  ${modules.length} modules (-o wide names them)`];
          return [
            `${peer.address}, host key ${peer.hostKey}, session ${id}`,
            ...protocol.map((uri) => `  ${uri}`),
            ...list,
          ].join("\n");
        },
      };
    });
  },
};

export const netconfGet: Verb = {
  name: "netconf get",
  summary: "state and configuration of a device",
  about:
    "Asks for both, as the device holds them now. With --datastore a device that knows NMDA (RFC 8526) is asked with get-data.",
  arguments: [DEVICE],
  flags: [
    ...READING,
    {
      name: "--datastore",
      value: "name",
      about: "ask with get-data",
      choices: ["running", "candidate", "startup", "intended", "operational"],
    },
    ...CONNECT,
  ],
  examples: [
    {
      command: "srwan netconf get sea-r1 --filter interfaces.xml",
      about: "one subtree",
    },
    {
      command: "srwan netconf get sea-r1 --xpath /if:interfaces --prefix if=urn:example:if",
      about: "the same by XPath",
    },
  ],
  run: async (context, input) => {
    const { withSession, readingOf, replyView, operations } = await load();
    const reading = readingOf(input.flags);
    const store = textOf(input.flags.datastore) as Parameters<typeof operations.getData>[0] | undefined;
    return withSession(context, input, async (session) => {
      const operation = store === undefined ? operations.get(reading) : operations.getData(store, reading);
      const { root, warnings } = await session.call(operation);
      return replyView(input.arguments[0] ?? "", root, warnings);
    });
  },
};

export const netconfGetConfig: Verb = {
  name: "netconf get-config",
  summary: "a configuration of a device",
  about: "Asks for running, or for another datastore that the device announces.",
  arguments: [DEVICE],
  flags: [
    {
      name: "--source",
      value: "datastore",
      about: "which (default running)",
      choices: ["running", "candidate", "startup"],
    },
    ...READING,
    ...CONNECT,
  ],
  examples: [
    { command: "srwan netconf get-config sea-r1", about: "all of running" },
    { command: "srwan netconf get-config sea-r1 --filter locators.xml -o json", about: "what a file asks for" },
  ],
  run: async (context, input) => {
    const { withSession, readingOf, replyView, operations } = await load();
    const reading = readingOf(input.flags);
    const source = (input.flags.source ?? "running") as Parameters<typeof operations.getConfig>[0];
    return withSession(context, input, async (session) => {
      const { root, warnings } = await session.call(operations.getConfig(source, reading));
      return replyView(input.arguments[0] ?? "", root, warnings);
    });
  },
};

export const netconfRpc: Verb = {
  name: "netconf rpc",
  summary: "send an operation of any module, as it is written",
  about:
    "For what has no verb: the element that stands inside <rpc>, as XML or a file of it. What it may change is not proved; `srwan netconf edit` does that.",
  arguments: [DEVICE, { name: "operation", about: "XML, or a file of it; - reads stdin" }],
  flags: CONNECT,
  examples: [
    {
      command: "srwan netconf rpc sea-r1 get-schema.xml",
      about: "a module's text",
    },
  ],
  run: async (context, input) => {
    const [{ withSession, readXml, replyView, operations }, { SrwanError }] = await Promise.all([
      load(),
      import("../../base/errors.ts"),
    ]);
    const [body, ...others] = readXml(input.arguments[1] ?? "");
    if (!body || others.length > 0) {
      throw new SrwanError("USAGE", `${others.length + (body ? 1 : 0)} elements where one operation belongs`, {
        remedy: "Give one.",
      });
    }
    return withSession(context, input, async (session) => {
      const { root, warnings } = await session.call(operations.rpc(body));
      return replyView(input.arguments[0] ?? "", root, warnings);
    });
  },
};

export const netconfCommit: Verb = {
  name: "netconf commit",
  summary: "commit what stands in the candidate, confirm or cancel",
  about:
    "The operations as they are, for a candidate that others filled or a confirmed commit that was left standing. " +
    "`srwan netconf edit` commits what it edits, and proves it.",
  arguments: [DEVICE],
  flags: [
    {
      name: "--confirm-within",
      value: "time",
      about: "a confirmed commit: the device goes back unless it is confirmed by then",
    },
    {
      name: "--persist",
      value: "token",
      about: "with --confirm-within: whoever names this token may confirm or cancel",
    },
    { name: "--persist-id", value: "token", about: "confirm the commit that was sent with this token" },
    { name: "--cancel", about: "cancel the confirmed commit instead (of --persist-id, if given)" },
    ...CONNECT,
  ],
  examples: [
    { command: "srwan netconf commit sea-r1 --confirm-within 2m --persist tonight", about: "until it is confirmed" },
    { command: "srwan netconf commit sea-r1 --persist-id tonight", about: "confirm it" },
    { command: "srwan netconf commit sea-r1 --persist-id tonight --cancel", about: "or take it back" },
  ],
  run: async (context, input) => {
    const [{ withSession, replyView, operations }, { parseDurationMs }] = await Promise.all([
      load(),
      import("../../base/units.ts"),
    ]);
    const { flags } = input;
    const [within, persist, persistId] = [textOf(flags.confirmWithin), textOf(flags.persist), textOf(flags.persistId)];
    const timeoutS = within === undefined ? 0 : Math.ceil(parseDurationMs(within) / 1_000);
    const confirmed = operations.confirmedCommit({ timeoutS, ...(persist !== undefined && { persist }) }, persistId);
    const plain = flags.cancel === true ? operations.cancelCommit(persistId) : operations.commit(persistId);
    return withSession(context, input, async (session) => {
      const { root, warnings } = await session.call(within === undefined ? plain : confirmed);
      return replyView(input.arguments[0] ?? "", root, warnings);
    });
  },
};

export const netconfEdit: Verb = {
  name: "netconf edit",
  summary: "change a device, and prove by reading back what became of it",
  about:
    "A transaction: lock, edit, confirmed commit, read running from another session, confirm, read again; taken back at " +
    "the first doubt. It ends APPLIED (exit 0), NOT_APPLIED (1) or UNKNOWN (5), never in between. What must be seen " +
    "afterwards follows from the edit: what it deletes is gone, what it replaces is just that, all else is there. " +
    "A device without confirmed commit needs --undo.",
  arguments: [DEVICE, { name: "edit", about: "what stands inside <config>: XML, or a file of it; - reads stdin" }],
  flags: [
    {
      name: "--read-back",
      value: "xml",
      about: "the subtree that is read before and after (default: what the edit is in)",
    },
    { name: "--expect", value: "xml", about: "what must be seen afterwards (default: what follows from the edit)" },
    { name: "--undo", value: "xml", about: "the edit that takes it back" },
    { name: "--confirm-within", value: "time", about: "when the device goes back by itself (default 2m)" },
    { name: "--reference", value: "text", about: "stands in the outcome" },
    JOURNAL,
    SIGN,
    ...CONNECT,
  ],
  examples: [
    { command: "srwan netconf edit sea-r1 locator.xml", about: "one device" },
    {
      command: "srwan netconf edit sea-r1 loc.xml --sign-with proxy.pem -o json > out.json",
      about: "an outcome that others believe",
    },
  ],
  run: async (context, input) => {
    const { editDevice } = await import("../netconf/edit.ts");
    return editDevice(context, input);
  },
};

export const netconfReconcile: Verb = {
  name: "netconf reconcile",
  summary: "settle transactions that were cut off",
  about:
    "Reads every journal that has no end, connects to its devices and brings each to what was decided, or finds that it " +
    "is there. What cannot be proved stays UNKNOWN, and its journal open. Devices are looked up by the names they had.",
  flags: [JOURNAL, SIGN, ...CONNECT],
  examples: [{ command: "srwan netconf reconcile", about: "after a crash" }],
  run: async (context, input) => {
    const { reconcileAll } = await import("../netconf/edit.ts");
    return reconcileAll(context, input);
  },
};

export const netconfWatch: Verb = {
  name: "netconf watch",
  summary: "notifications of a device as they come",
  about:
    "Subscribes (RFC 5277) and logs each notification. Ends on Ctrl-C, or after --count of them, which are then the answer.",
  arguments: [DEVICE],
  flags: [
    { name: "--stream", value: "name", about: "which (default NETCONF)" },
    { name: "--filter", value: "xml", about: "only what fits: XML, or a file of it" },
    { name: "--count", value: "n", about: "end after so many" },
    ...CONNECT,
  ],
  examples: [
    { command: "srwan netconf watch sea-r1", about: "until it is stopped" },
    { command: "srwan netconf watch sea-r1 --count 1 -o json", about: "wait for one" },
  ],
  run: async (context: Context, input: Input) => {
    const { watchDevice } = await import("../netconf/watch.ts");
    return watchDevice(context, input);
  },
};
