// Messages in octets, RFC 6242: ended by ]]>]]> until both sides know that they speak base:1.1, in counted chunks from
// then on. The reader takes octets split anywhere and hands on parts of a message without waiting for its end.

import { SrwanError } from "../base/errors.ts";

export interface FrameSink {
  /** A part of a message; only good until this returns. */
  part(octets: Uint8Array): void;
  end(): void;
}

const EOM = Buffer.from("]]>]]>");
const [LF, HASH, ZERO, NINE] = [0x0a, 0x23, 0x30, 0x39];
/** RFC 6242 section 4.2. */
const CHUNK_MAX_OCTETS = 4_294_967_295;

type State = "lf" | "hash" | "first" | "digits" | "data" | "end";

export class FrameReader {
  readonly #sink: FrameSink;
  #chunked = false;
  /** EOM: octets of a terminator that may have begun. */
  #held = 0;
  /** Chunks: where in a header, octets of the chunk still to come, whether a message has begun. */
  #state: State = "lf";
  #size = 0;
  #within = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** To be called from `end` of the hello: what follows is counted. */
  useChunks(): void {
    this.#chunked = true;
  }

  /** Whether octets came of a message that has not ended. */
  get within(): boolean {
    return this.#within || this.#held > 0 || this.#state !== "lf";
  }

  push(octets: Uint8Array): void {
    let rest = octets;
    while (rest.length > 0) rest = this.#chunked ? this.#takeChunks(rest) : this.#takeEom(rest);
  }

  /** Takes up to the end of one message, since the next may be framed in the other way. */
  #takeEom(octets: Uint8Array): Uint8Array {
    const all = this.#held > 0 ? Buffer.concat([EOM.subarray(0, this.#held), octets]) : bufferOf(octets);
    this.#held = 0;
    const at = all.indexOf(EOM);
    if (at >= 0) {
      this.#within = false;
      if (at > 0) this.#sink.part(all.subarray(0, at));
      this.#sink.end();
      return all.subarray(at + EOM.length);
    }
    for (let length = Math.min(EOM.length - 1, all.length); length > 0; length--) {
      if (all.subarray(all.length - length).equals(EOM.subarray(0, length))) {
        this.#held = length;
        break;
      }
    }
    if (all.length > this.#held) {
      this.#within = true;
      this.#sink.part(all.subarray(0, all.length - this.#held));
    }
    return all.subarray(all.length);
  }

  #takeChunks(octets: Uint8Array): Uint8Array {
    let at = 0;
    while (at < octets.length) {
      if (this.#state === "data") {
        const take = Math.min(this.#size, octets.length - at);
        this.#sink.part(octets.subarray(at, at + take));
        at += take;
        this.#size -= take;
        if (this.#size === 0) this.#state = "lf";
      } else if (this.#header(octets[at++] as number)) {
        this.#sink.end();
      }
    }
    return octets.subarray(at);
  }

  /** One octet of a header; true where a message ends. */
  #header(octet: number): boolean {
    switch (this.#state) {
      case "lf":
        this.#state = this.#wants(octet, LF, "hash");
        return false;
      case "hash":
        this.#state = this.#wants(octet, HASH, "first");
        return false;
      case "first":
        if (octet === HASH && this.#within) {
          this.#state = "end";
          return false;
        }
        if (octet <= ZERO || octet > NINE) throw malformed(octet, "the length of a chunk");
        this.#size = octet - ZERO;
        this.#within = true;
        this.#state = "digits";
        return false;
      case "digits":
        if (octet === LF) {
          this.#state = "data";
          return false;
        }
        if (octet < ZERO || octet > NINE) throw malformed(octet, "the length of a chunk");
        this.#size = this.#size * 10 + (octet - ZERO);
        if (this.#size > CHUNK_MAX_OCTETS) throw malformed(octet, "a length below 4,294,967,296");
        return false;
      default:
        this.#state = this.#wants(octet, LF, "lf");
        this.#within = false;
        return true;
    }
  }

  #wants(octet: number, wanted: number, next: State): State {
    if (octet === wanted) return next;
    throw malformed(octet, wanted === LF ? "a line feed" : "#");
  }
}

const bufferOf = (octets: Uint8Array): Buffer => Buffer.from(octets.buffer, octets.byteOffset, octets.length);

const malformed = (octet: number, wanted: string): SrwanError =>
  new SrwanError(
    "NETCONF_MALFORMED",
    `octet 0x${octet.toString(16).padStart(2, "0")} in a frame, in place of ${wanted}`,
    {
      remedy:
        "Something wrote into the session that is no NETCONF: look for banners and messages of the device's shell.",
    },
  );

/** A message as it is sent. What `writeXml` makes never holds the end mark. */
export function frame(text: string, chunked: boolean): string {
  if (chunked) return `\n#${Buffer.byteLength(text)}\n${text}\n##\n`;
  return `${text}]]>]]>`;
}
