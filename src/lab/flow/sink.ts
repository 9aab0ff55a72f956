// A node's sink: receives every flow that ends at the node, says each window what it saw, and in the end what became of
// each packet.

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { LIMITS } from "../../base/limits.ts";
import { socketDrops } from "../machine.ts";
import { monoUs } from "../pacer.ts";
import { readFlowPacket } from "./packet.ts";
import type { SinkLine, SinkTask } from "./plan.ts";
import { FlowStats } from "./stats.ts";

/** Receives until `ended` resolves. */
export async function sinkFlows(
  { windowMs, flows }: SinkTask,
  ended: Promise<void>,
  say: (line: SinkLine) => void,
): Promise<void> {
  const receivers = await Promise.all(flows.map(async ({ id, port }) => new Receiver(id, await open(port))));
  say({ kind: "ready" });
  const timer = setInterval(() => {
    for (const receiver of receivers) say({ kind: "window", flow: receiver.flow, window: receiver.stats.close() });
  }, windowMs);
  await ended;
  clearInterval(timer);
  for (const { flow, stats, arrivals, socket } of receivers) {
    const dropped = socketDrops("udp6", socket.address().port);
    socket.close();
    say({ kind: "window", flow, window: stats.close() });
    say({ kind: "arrived", flow, arrivals: [...arrivals].flat(), dropped });
  }
}

async function open(port: number): Promise<Socket> {
  const socket = createSocket("udp6");
  socket.bind(port, "::");
  await once(socket, "listening");
  socket.setRecvBufferSize(LIMITS.labRelayBufferOctets);
  return socket;
}

class Receiver {
  readonly flow: number;
  readonly socket: Socket;
  readonly stats = new FlowStats();
  /** Latency by number. */
  readonly arrivals = new Map<number, number>();

  constructor(flow: number, socket: Socket) {
    this.flow = flow;
    this.socket = socket;
    socket.on("message", (payload) => this.#take(payload, monoUs()));
  }

  #take(payload: Buffer, nowUs: number): void {
    const packet = readFlowPacket(new DataView(payload.buffer, payload.byteOffset, payload.byteLength));
    if (packet?.flow !== this.flow) return;
    const latencyUs = Math.round(nowUs - packet.sentUs);
    this.stats.take(packet.sequence, latencyUs);
    if (!this.arrivals.has(packet.sequence)) this.arrivals.set(packet.sequence, latencyUs);
  }
}
