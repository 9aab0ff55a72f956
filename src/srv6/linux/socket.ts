// The real port: the raw netlink socket of the `netlink` package. Only its socket is used; what it knows of messages
// has no seg6 and no nexthop objects.

import { RawNetlinkSocket } from "netlink";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Port, PortListener } from "./port.ts";

export const PROTOCOL = { route: 0, netfilter: 12, generic: 16 } as const;

export function openSocket(protocol: number): Port {
  const socket = new RawNetlinkSocket(protocol, {
    messagePeeking: false,
    msgBufferSize: LIMITS.netlinkDatagramOctets,
    recvBufferSize: LIMITS.netlinkReceiveBufferOctets,
    sendBufferSize: LIMITS.netlinkSendBufferOctets,
  });
  let to: PortListener | undefined;
  // An exception that leaves the package's callback ends the process, so none does.
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      to?.broken(error as Error);
    }
  };
  socket.on("message", (octets) => guarded(() => to?.datagram(octets)));
  socket.on("truncatedMessage", () => guarded(() => to?.overrun()));
  socket.on("error", (error) => guarded(() => (error.code === "ENOBUFS" ? to?.overrun() : to?.broken(error))));
  return {
    send: (datagram) =>
      socket.send(datagram, {}, (error) => {
        if (error) guarded(() => to?.broken(sendFailed(error)));
      }),
    listen: (listener) => {
      to = listener;
    },
    join: (group) => socket.addMembership(group),
    close: () => socket.close(),
  };
}

const sendFailed = (error: Error): SrwanError =>
  new SrwanError("NETLINK_FAILED", `the kernel took no message: ${error.message}`, {
    remedy: "See `srwan doctor` for what this kernel and this user may do.",
    cause: error,
    deviceStateKnown: false,
  });
