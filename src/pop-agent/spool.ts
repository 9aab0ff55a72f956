// What the agent has told and the service has not kept yet, on disk: one telling a line, numbered. It is bounded; when the
// service is away for long the oldest measurements go first, then old counters, whose later ones say the same and more.

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { LIMITS } from "../base/limits.ts";
import type { Telling } from "../wire/message.ts";
import { type StateFolder, sync } from "./state-folder.ts";

/** What is told, before it has its number. */
export type Told = Telling extends infer T ? (T extends Telling ? Omit<T, "number"> : never) : never;

type Entry = { readonly number: number; readonly kind: Telling["kind"]; readonly text: string };

const FILE = "spool.jsonl";
/** A file this much larger than what it holds is written anew. */
const SLACK_OCTETS = 1_048_576;
const DROPPED_FIRST: readonly Telling["kind"][] = ["measured", "counters"];

export class Spool {
  readonly #folder: StateFolder;
  readonly #maxOctets: number;
  #entries: Entry[] = [];
  #octets = 0;
  #fileOctets = 0;
  #last = 0;
  #dropped = 0;

  constructor(folder: StateFolder, maxOctets: number = LIMITS.spoolMaxOctets) {
    this.#folder = folder;
    this.#maxOctets = maxOctets;
    this.#load();
  }

  /** The number of the last thing told. */
  get last(): number {
    return this.#last;
  }

  get waiting(): number {
    return this.#entries.length;
  }

  /** Tellings that were given up because the service was away for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  add(told: Told): void {
    const number = ++this.#last;
    const text = JSON.stringify({ ...told, number });
    this.#entries.push({ number, kind: told.kind, text });
    this.#octets += text.length;
    appendFileSync(this.#folder.file(FILE), `${text}\n`, { mode: 0o600 });
    this.#fileOctets += text.length + 1;
    if (told.kind !== "measured") sync(this.#folder.file(FILE));
    while (this.#octets > this.#maxOctets && this.#entries.length > 1) this.#dropOne();
    this.#compact();
  }

  /** The texts of what was told after this number, oldest first. */
  after(number: number): Iterable<{ readonly number: number; readonly text: string }> {
    let at = this.#entries.findIndex((one) => one.number > number);
    if (at < 0) at = this.#entries.length;
    return this.#entries.slice(at);
  }

  /** The service has it, and all before. One that knows a later number than we do had it from before our disk was lost. */
  kept(number: number): void {
    this.#last = Math.max(this.#last, number);
    const left = this.#entries.filter((one) => one.number > number);
    for (const one of this.#entries.slice(0, this.#entries.length - left.length)) this.#octets -= one.text.length;
    this.#entries = left;
    this.#compact();
  }

  #dropOne(): void {
    let at = -1;
    for (const kind of DROPPED_FIRST) if (at < 0) at = this.#entries.findIndex((one) => one.kind === kind);
    const [gone] = this.#entries.splice(Math.max(0, at), 1);
    this.#octets -= gone?.text.length ?? 0;
    this.#dropped++;
  }

  /** The first line keeps the number when nothing else does. */
  #compact(): void {
    if (this.#fileOctets <= this.#octets + this.#entries.length + SLACK_OCTETS) return;
    const lines = [JSON.stringify({ last: this.#last }), ...this.#entries.map(({ text }) => text), ""].join("\n");
    this.#folder.writeText(FILE, lines);
    this.#fileOctets = lines.length;
  }

  /** A line that a crash cut short was told to nobody. */
  #load(): void {
    const path = this.#folder.file(FILE);
    if (!existsSync(path)) return;
    const all = readFileSync(path, "utf8");
    const whole = all.slice(0, all.lastIndexOf("\n") + 1);
    for (const text of whole.split("\n")) {
      const read = parsed(text);
      if (read?.last !== undefined) this.#last = Math.max(this.#last, read.last);
      if (read?.number === undefined || read.kind === undefined) continue;
      this.#last = Math.max(this.#last, read.number);
      this.#entries.push({ number: read.number, kind: read.kind, text });
      this.#octets += text.length;
    }
    this.#fileOctets = all.length;
    if (whole.length === all.length) return;
    const lines = [JSON.stringify({ last: this.#last }), ...this.#entries.map(({ text }) => text), ""].join("\n");
    this.#folder.writeText(FILE, lines);
    this.#fileOctets = lines.length;
  }
}

function parsed(text: string): { last?: number; number?: number; kind?: Telling["kind"] } | undefined {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
