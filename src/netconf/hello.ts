// The first message of each side, RFC 6241 section 8.1. It is always framed by ]]>]]>; what follows is in chunks only if
// both sides said base:1.1.

import { SrwanError } from "../base/errors.ts";
import { Capabilities } from "./capabilities.ts";
import { BASE_10, BASE_11, NS } from "./names.ts";
import { childrenNamed, find, inNamespace, textAt, textOf, type XmlElement } from "./xml/element.ts";
import { writeXml } from "./xml/write.ts";

export type Hello = { readonly sessionId: string; readonly capabilities: Capabilities };

/** What we offer; a device that stumbles over base:1.1 can be offered base:1.0 alone. */
export const OURS: readonly string[] = [BASE_10, BASE_11];

const nc = inNamespace(NS.base);

export const helloText = (ours: readonly string[] = OURS): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${writeXml(nc("hello", nc("capabilities", ...ours.map((uri) => nc("capability", uri)))))}`;

/** Without a namespace too: old devices send it so. */
export function readHello(root: XmlElement): Hello {
  if (root.name !== "hello" || (root.ns !== NS.base && root.ns !== "")) {
    throw invalid(`it began with <${root.name}>, not with <hello>`);
  }
  const list = find(root, "capabilities");
  const uris = list ? childrenNamed(list, "capability").map((one) => textOf(one).trim()) : [];
  const capabilities = new Capabilities(uris);
  if (!capabilities.base10 && !capabilities.base11) throw invalid("it announces neither base:1.0 nor base:1.1");
  const sessionId = textAt(root, "session-id") ?? "";
  if (!/^[1-9]\d{0,9}$/.test(sessionId)) throw invalid(`its session-id is "${sessionId.slice(0, 20)}"`);
  return { sessionId, capabilities };
}

const invalid = (what: string): SrwanError =>
  new SrwanError("NETCONF_HELLO_INVALID", `the device's hello cannot be used: ${what}`, {
    remedy: "Check that the port and subsystem are those of NETCONF.",
    deviceStateKnown: true,
  });
