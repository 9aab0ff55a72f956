// From octets to messages: framing, then XML, then for each message whoever its first element says it is for.

import { SrwanError } from "../base/errors.ts";
import { FrameReader } from "./frame.ts";
import type { XmlElement } from "./xml/element.ts";
import { TreeBuilder, type XmlEvents, type XmlOpen, XmlReader } from "./xml/read.ts";

/** What becomes of one message. */
export type Taker =
  | {
      readonly kind: "tree";
      readonly maxOctets: number;
      /** Whether the message is wanted as it came, too. */
      readonly keepsText: boolean;
      readonly done: (root: XmlElement, text: string | undefined) => void;
    }
  | { readonly kind: "events"; readonly events: XmlEvents; readonly done: () => void };

export type Route = (root: XmlOpen) => Taker;

/** One message on its way in. */
type Message = {
  readonly reader: XmlReader;
  taker: Taker | undefined;
  root: XmlElement | undefined;
  octets: number;
  /** Until the taker is known, and after that if it wants them. */
  parts: Uint8Array[] | undefined;
};

export class Inbound {
  readonly #frames: FrameReader;
  readonly #route: Route;
  #message: Message | undefined;

  constructor(route: Route) {
    this.#route = route;
    this.#frames = new FrameReader({ part: (octets) => this.#part(octets), end: () => this.#end() });
  }

  push(octets: Uint8Array): void {
    this.#frames.push(octets);
  }

  useChunks(): void {
    this.#frames.useChunks();
  }

  /** Whether a message has begun and not ended. */
  get within(): boolean {
    return this.#frames.within;
  }

  #part(octets: Uint8Array): void {
    this.#message ??= this.#begin();
    const message = this.#message;
    message.octets += octets.length;
    if (message.parts) message.parts.push(new Uint8Array(octets));
    message.reader.write(octets);
    const { taker } = message;
    if (!taker) return;
    if (taker.kind !== "tree" || !taker.keepsText) message.parts = undefined;
    if (taker.kind === "tree" && message.octets > taker.maxOctets) throw tooLarge(taker.maxOctets);
  }

  #begin(): Message {
    let events: XmlEvents | undefined;
    const begun: { message?: Message } = {};
    const reader = new XmlReader({
      open: (element) => {
        events ??= this.#takeUp(begun.message as Message, element);
        events.open(element);
      },
      text: (text) => events?.text(text),
      close: () => events?.close(),
    });
    begun.message = { reader, taker: undefined, root: undefined, octets: 0, parts: [] };
    return begun.message;
  }

  #takeUp(message: Message, root: XmlOpen): XmlEvents {
    message.taker = this.#route(root);
    if (message.taker.kind === "events") return message.taker.events;
    return new TreeBuilder((element) => {
      message.root = element;
    });
  }

  #end(): void {
    const message = this.#message;
    if (!message) throw empty();
    this.#message = undefined;
    message.reader.end();
    const { taker, root, parts } = message;
    if (taker?.kind === "events") taker.done();
    else if (taker && root) taker.done(root, parts && Buffer.concat(parts).toString("utf8"));
  }
}

const empty = (): SrwanError =>
  new SrwanError("NETCONF_MALFORMED", "a message without an octet", {
    remedy: "Report it to the device's maker with a capture.",
  });

const tooLarge = (maxOctets: number): SrwanError =>
  new SrwanError("NETCONF_TOO_LARGE", `a reply of more than ${maxOctets} octets`, {
    remedy: "Ask for less with a filter, or stream the reply.",
  });
