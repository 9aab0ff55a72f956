// The head of every packet of a flow: whose it is, which one, and when it was sent.

/** "srwF". */
const MAGIC = 0x73727746;
export const FLOW_HEADER_OCTETS = 24;

export type FlowPacket = { readonly flow: number; readonly sequence: number; readonly sentUs: number };

/** Into the first octets of a payload; the rest stays as it is. */
export function writeFlowPacket(payload: DataView, { flow, sequence, sentUs }: FlowPacket): void {
  payload.setUint32(0, MAGIC);
  payload.setUint32(4, flow);
  payload.setUint32(8, sequence);
  payload.setFloat64(16, sentUs);
}

/** Undefined for packets that are no flow's. */
export function readFlowPacket(payload: DataView): FlowPacket | undefined {
  if (payload.byteLength < FLOW_HEADER_OCTETS || payload.getUint32(0) !== MAGIC) return undefined;
  return { flow: payload.getUint32(4), sequence: payload.getUint32(8), sentUs: payload.getFloat64(16) };
}
