// Server-sent events as RESTCONF uses them (RFC 8040 section 6.4): text in parts, the data of whole events out.

import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";

export class EventReader {
  #rest = "";
  #data: string[] = [];
  #length = 0;
  readonly #event: (data: string) => void;

  constructor(event: (data: string) => void) {
    this.#event = event;
  }

  push(text: string): void {
    const all = this.#rest + text;
    // A carriage return at the end may be half of a line's end.
    const lines = all.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
    if (this.#length + this.#rest.length > LIMITS.restconfEventMaxOctets) {
      throw new SrwanError("RESTCONF_MALFORMED", `an event of more than ${LIMITS.restconfEventMaxOctets} octets`, {
        remedy: "Subscribe with a filter.",
      });
    }
  }

  #line(line: string): void {
    if (line === "") {
      if (this.#data.length > 0) this.#event(this.#data.join("\n"));
      [this.#data, this.#length] = [[], 0];
    } else if (line.startsWith("data:")) {
      const data = line.slice(5).replace(/^ /, "");
      this.#data.push(data);
      this.#length += data.length;
    }
  }
}
