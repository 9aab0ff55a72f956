// Reading running back, and what it proves. Never a candidate, never from memory.

import { createHash } from "node:crypto";
import { SrwanError } from "../../base/errors.ts";
import { type Filter, subtree } from "../filter.ts";
import { getConfig } from "../operations.ts";
import type { Session } from "../session.ts";
import { canonicalXml } from "../xml/canonical.ts";
import { elementsOf, find, type XmlElement } from "../xml/element.ts";
import { parseXmlList } from "../xml/read.ts";
import { writeXml } from "../xml/write.ts";
import { differences } from "./expect.ts";
import type { DeviceState, Planned } from "./record.ts";

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
export const xmlText = (elements: readonly XmlElement[]): string => elements.map((one) => writeXml(one)).join("");

/** One look at running. */
export type Look = {
  readonly config: readonly XmlElement[];
  /** Of the canonical form: the same for what means the same. */
  readonly hash: string;
  /** Of the reply, octet for octet. */
  readonly replyHash: string;
  readonly isBefore: boolean;
  /** What is not as expected. */
  readonly wrong: readonly string[];
};

export const configHash = (config: readonly XmlElement[]): string => sha256(canonicalXml(config));

export async function look(session: Session, device: Pick<DeviceState, "planned" | "before">): Promise<Look> {
  // What is set to its default must be told apart from what is not set, in the same way each time.
  const explicit = session.capabilities.defaultsModes.includes("explicit");
  const filter = filterOf(device.planned);
  const reply = await session.call(getConfig("running", { filter, ...(explicit && { withDefaults: "explicit" }) }), {
    keepsText: true,
  });
  const data = find(reply.root, "data");
  if (!data) {
    throw new SrwanError("NETCONF_MALFORMED", "the reply to get-config holds no <data>", {
      remedy: "Report it to the device's maker with a capture.",
      deviceStateKnown: true,
    });
  }
  const config = elementsOf(data);
  const hash = configHash(config);
  const before = device.before && configHash(parseXmlList(device.before.config));
  const wrong = differences(parseXmlList(device.planned.expected), config);
  return { config, hash, replyHash: sha256(reply.text ?? ""), isBefore: before === hash, wrong };
}

export function filterOf({ readBack }: Planned): Filter {
  if (readBack.kind === "subtree") return subtree(readBack.elements);
  return { kind: "xpath", select: readBack.select, prefixes: readBack.prefixes };
}
