// Turns offload off on a device of this process's own namespace.

import { RealClock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { Channel } from "../../srv6/linux/channel.ts";
import { errnoText } from "../../srv6/linux/errno.ts";
import { readFamily, writeFamilyRequest } from "../../srv6/linux/seg6-genl.ts";
import { openSocket, PROTOCOL } from "../../srv6/linux/socket.ts";
import { ETHTOOL_FAMILY, OFFLOADS, writeFeaturesOff } from "./offload-codec.ts";

export async function offloadOff(device: string): Promise<void> {
  const channel = new Channel(openSocket(PROTOCOL.generic), new RealClock());
  try {
    const family = readFamily(await channel.ask((writer, n) => writeFamilyRequest(writer, n, ETHTOOL_FAMILY)));
    const [errno = 0] = await channel.request(1, (_index, writer, n) =>
      writeFeaturesOff(writer, device, OFFLOADS, family ?? 0, n),
    );
    if (errno === 0) return;
    throw new SrwanError("LAB_FAILED", `the kernel left offload on at ${device}: ${errnoText(errno)}`, {
      remedy: "Run a kernel of 5.14 or newer with CONFIG_ETHTOOL_NETLINK.",
    });
  } finally {
    channel.close();
  }
}
