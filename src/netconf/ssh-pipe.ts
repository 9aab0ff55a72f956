// An SSH channel as a pipe, and why it ended.

import type { Duplex } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import type { Peer, Pipe, PipeListener } from "./pipe.ts";

const STDERR_KEPT = 400;

export class ChannelPipe implements Pipe {
  readonly peer: Peer;
  readonly #channel: ClientChannel;
  readonly #socket: Duplex;
  readonly #clients: readonly Client[];
  #isClosed = false;

  constructor(channel: ClientChannel, socket: Duplex, clients: readonly Client[], peer: Peer) {
    this.#channel = channel;
    this.#socket = socket;
    this.#clients = clients;
    this.peer = peer;
  }

  listen(listener: PipeListener): void {
    let said = "";
    let status: string | undefined;
    let ended: Error | undefined;
    this.#channel.stderr.on("data", (octets: Buffer) => {
      if (said.length < STDERR_KEPT) said += octets.toString("utf8").slice(0, STDERR_KEPT);
    });
    this.#channel.on("data", (octets: Buffer) => listener.octets(octets));
    this.#channel.on("exit", (code: number | null, name?: string) => {
      status = code === null ? `was ended by ${name}` : `ended with ${code}`;
    });
    // The other side's end of speech is the end: NETCONF has nothing to say to one who does not answer.
    this.#channel.on("end", () => this.#channel.close());
    this.#channel.on("error", (error: Error) => {
      ended ??= error;
    });
    for (const client of this.#clients) {
      client.on("error", (error) => {
        ended ??= error;
      });
      client.on("close", () => this.#channel.destroy());
    }
    const told = { yet: false };
    this.#channel.on("close", () => {
      if (told.yet) return;
      told.yet = true;
      const words = said.trim();
      const why = status && (status !== "ended with 0" || words !== "") ? `its subsystem ${status}` : undefined;
      listener.closed(ended ?? (why === undefined ? undefined : new Error(words === "" ? why : `${why}: ${words}`)));
      this.close();
    });
    this.#channel.resume();
  }

  write(text: string): void {
    if (this.#isClosed || !this.#channel.writable) return;
    // A packet is written in parts: together they cost one call of the kernel.
    this.#socket.cork();
    this.#channel.write(text);
    this.#socket.uncork();
  }

  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#channel.close();
    for (const client of this.#clients.toReversed()) client.end();
  }
}
