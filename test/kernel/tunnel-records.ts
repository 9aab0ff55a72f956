// Two POPs with one segment between them inside WireGuard: what each says of itself, and what the service makes of that for
// the other.

import type { WireTunnel } from "../../src/wire/desired.ts";
import type { PopRecord } from "../../src/wire/pop.ts";

export type TunnelEnd = {
  readonly name: string;
  readonly to: string;
  readonly device: string;
  /** Outside and inside of the tunnel. */
  readonly endpoint: string;
  readonly local: string;
  readonly nexthop: string;
};

export const tunnelRecord = ({ name, to, device, endpoint, local, nexthop }: TunnelEnd): PopRecord => ({
  ...{ name, platform: "linux", address: endpoint, transits: [{ name: "alder" }] },
  segments: [{ transit: "alder", to, device, nexthop, local, wireguard: { endpoint, port: 51_820 } }],
});

/** What the POP at the other end is told; `device` is its own. */
export function tunnelTo({ name, segments: [port] }: PopRecord, device: string): WireTunnel {
  const { publicKey = "", fresh, endpoint, port: udp } = port?.wireguard ?? { endpoint: "", port: 0 };
  return { device, to: name, publicKey, endpoint, port: udp, ...(fresh ? { fresh } : {}) };
}
