// A notification as it came, RFC 5277 section 4.

import { SrwanError } from "../base/errors.ts";
import { elementsOf, textAt, type XmlElement } from "./xml/element.ts";

export type Notification = {
  /** As the device wrote it, RFC 3339. */
  readonly eventTime: string;
  readonly event: XmlElement;
  /** Notifications that were lost before this one, since nobody read them. */
  readonly lostBefore: number;
};

export function readNotification(root: XmlElement, lostBefore: number): Notification {
  const event = elementsOf(root).find(({ name }) => name !== "eventTime");
  if (!event) {
    throw new SrwanError("NETCONF_MALFORMED", "a notification that holds no event", {
      remedy: "Report it to the device's maker with a capture.",
    });
  }
  return { eventTime: textAt(root, "eventTime") ?? "", event, lostBefore };
}
