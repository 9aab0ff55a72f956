// The in-memory kernel's SEG6 family: HMAC keys and the source address of tunnels.

import type { Ipv6 } from "../address.ts";
import { ERRNO } from "./errno.ts";
import type { KernelObject } from "./objects.ts";
import { COMMAND, CONTROLLER, readHmacKey, writeFamilyReply, writeHmacKey, writeTunnelSource } from "./seg6-genl.ts";
import { identity } from "./text.ts";
import { doneMessage, errorMessage } from "./twin-messages.ts";
import { FLAG, type Message, Writer } from "./wire.ts";

const FAMILY = 29;

type World = {
  readonly objects: readonly KernelObject[];
  tunnelSource: Ipv6;
  place(object: KernelObject): void;
  remove(id: string): number;
};

/** What the family says to one message, as whole datagrams. */
export function answerGeneric(world: World, message: Message): Uint8Array[] {
  const { sequence } = message;
  const written = (write: (w: Writer) => void): Uint8Array => {
    const w = new Writer();
    write(w);
    return w.take();
  };
  const acknowledged = (errno: number): Uint8Array[] =>
    errno !== 0 || message.flags & FLAG.ack ? [errorMessage(message, errno)] : [];
  if (message.type === CONTROLLER.type) return [written((w) => writeFamilyReply(w, FAMILY, sequence))];
  switch (message.payload.u8(0)) {
    case COMMAND.setHmac: {
      const key = readHmacKey(message);
      if (key.secret === "") return acknowledged(world.remove(identity(key)));
      world.place(key);
      return acknowledged(0);
    }
    case COMMAND.dumpHmac: {
      const keys = world.objects.filter((object) => object.kind === "hmac");
      const said = keys.map((key) => written((w) => writeHmacKey(w, "add", key, FAMILY, sequence)));
      return [...said, doneMessage(message)];
    }
    case COMMAND.setTunnelSource:
      world.tunnelSource = (message.payload.attributes(4).get(1)?.address() ?? 0n) as Ipv6;
      return acknowledged(0);
    case COMMAND.getTunnelSource:
      return [written((w) => writeTunnelSource(w, world.tunnelSource, FAMILY, sequence))];
    default:
      return acknowledged(ERRNO.EOPNOTSUPP);
  }
}
