// A node's sender: sends every flow that leaves the node, each packet at its time, and says in the end when it did.

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { LIMITS } from "../../base/limits.ts";
import { DelayQueue } from "../link/delay-queue.ts";
import { monoUs, Pacer } from "../pacer.ts";
import { writeFlowPacket } from "./packet.ts";
import { type FlowPlan, packetsOf, type SenderLine, type SenderTask, sendTimeUs } from "./plan.ts";

type Sending = { readonly flow: FlowPlan; readonly socket: Socket; readonly total: number; readonly sentUs: number[] };

export async function sendFlows({ startUs, flows }: SenderTask, say: (line: SenderLine) => void): Promise<void> {
  const queue = new DelayQueue<Sending>();
  const sendings = await Promise.all(flows.map(open));
  const plan = (sending: Sending): void => {
    const { flow, sentUs, total } = sending;
    if (sentUs.length < total) queue.push(startUs + sendTimeUs(flow, sentUs.length), sending);
  };
  for (const sending of sendings) plan(sending);
  await new Promise<void>((resolve) => {
    const pacer = new Pacer(() => {
      while (queue.nextDueUs <= monoUs()) {
        const sending = queue.pop();
        if (sending === undefined) break;
        sendOne(sending, startUs);
        plan(sending);
      }
      if (queue.size === 0) resolve();
      return queue.nextDueUs;
    });
    pacer.at(Math.min(queue.nextDueUs, monoUs()));
  });
  for (const { flow, sentUs, socket } of sendings) {
    socket.close();
    say({ kind: "sent", flow: flow.id, sentUs });
  }
}

async function open(flow: FlowPlan): Promise<Sending> {
  const socket = createSocket(flow.address.includes(":") ? "udp6" : "udp4");
  socket.connect(flow.port, flow.address);
  await once(socket, "connect");
  // No road, no receiver: lost on the way like any other, and counted so at the end.
  socket.on("error", () => undefined);
  socket.setSendBufferSize(LIMITS.labRelayBufferOctets);
  // One ahead that is no packet of the flow: every node on the way learns its neighbour, which else would cost the first.
  socket.send(Buffer.alloc(flow.payloadOctets));
  return { flow, socket, total: packetsOf(flow), sentUs: [] };
}

function sendOne({ flow, socket, sentUs }: Sending, startUs: number): void {
  const payload = Buffer.alloc(flow.payloadOctets);
  const nowUs = monoUs();
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  writeFlowPacket(view, { flow: flow.id, sequence: sentUs.length, sentUs: nowUs });
  socket.send(payload);
  sentUs.push(Math.round(nowUs - startUs));
}
