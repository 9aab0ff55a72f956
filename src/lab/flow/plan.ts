// What a node's sender and sink are told to do, and the lines they answer with: one JSON line each.

import type { FlowWindow } from "./stats.ts";

export type FlowPlan = {
  /** Its number among the flows that run together. */
  readonly id: number;
  readonly from: string;
  readonly to: string;
  readonly address: string;
  readonly port: number;
  readonly packetsPerSecond: number;
  readonly payloadOctets: number;
  readonly dscp: number;
  /** Counted from the common start. */
  readonly fromUs: number;
  readonly untilUs: number;
};

export type SenderTask = { readonly startUs: number; readonly flows: readonly FlowPlan[] };
export type SinkTask = { readonly windowMs: number; readonly flows: readonly Pick<FlowPlan, "id" | "port">[] };

export type SenderLine = {
  readonly kind: "sent";
  readonly flow: number;
  /** When each packet was sent, in order, counted from the common start. */
  readonly sentUs: readonly number[];
};

export type SinkLine =
  | { readonly kind: "ready" }
  | { readonly kind: "window"; readonly flow: number; readonly window: FlowWindow }
  /** Number and latency of each packet that arrived, one after the other; of a duplicate the first. */
  | {
      readonly kind: "arrived";
      readonly flow: number;
      readonly arrivals: readonly number[];
      /** Came, and found no room in the sink's own socket. */
      readonly dropped: number;
    };

/** Flows' ports, one each. */
export const FIRST_PORT = 40_000;

/** How many packets a flow sends, and when each. */
export const packetsOf = ({ fromUs, untilUs, packetsPerSecond }: FlowPlan): number =>
  Math.ceil(((untilUs - fromUs) * packetsPerSecond) / 1_000_000);

export const sendTimeUs = ({ fromUs, packetsPerSecond }: FlowPlan, sequence: number): number =>
  fromUs + (sequence * 1_000_000) / packetsPerSecond;

/** Marks what a node sends: Node's sockets cannot set the traffic class. Undefined where no flow wants it. */
export function dscpTable(flows: readonly FlowPlan[]): string | undefined {
  const rules = flows.filter(({ dscp }) => dscp > 0).map(({ port, dscp }) => `udp dport ${port} ip6 dscp set ${dscp}`);
  if (rules.length === 0) return undefined;
  return `table inet ${FLOW_TABLE} {
  chain out {
    type route hook output priority mangle;
    ${rules.join("\n    ")}
  }
}
`;
}

export const FLOW_TABLE = "srwan-flows";
