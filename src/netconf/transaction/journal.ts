// Where transactions are written: one file each in a folder that only we may read, since it holds the tokens that confirm
// and cancel. A line is on disk before what it announces is done.

import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { readFile } from "../../base/file.ts";
import { LIMITS } from "../../base/limits.ts";
import { after, begun, type Head, type JournalState, readJournal, type Step } from "./record.ts";

/** One transaction's own. */
export interface Journal {
  readonly state: JournalState;
  /** Returns when it is on disk. */
  write(line: Step): void;
  close(): void;
}

export interface JournalStore {
  begin(head: Head): Journal;
  /** Those that have no end yet and that no living process writes, oldest first; they are ours from now on. */
  open(): readonly Journal[];
}

class StateJournal implements Journal {
  state: JournalState;
  readonly #put: (line: string) => void;
  readonly #done: () => void;

  constructor(state: JournalState, put: (line: string) => void, done: () => void) {
    this.state = state;
    this.#put = put;
    this.#done = done;
  }

  write(line: Step): void {
    const next = after(this.state, line);
    this.#put(`${JSON.stringify(line)}\n`);
    this.state = next;
  }

  close(): void {
    this.#done();
  }
}

/** For dry runs and tests: it remembers as long as the process lives. */
export function memoryJournals(): JournalStore & { readonly texts: ReadonlyMap<string, string> } {
  const texts = new Map<string, string>();
  const make = (id: string, state: JournalState): Journal =>
    new StateJournal(
      state,
      (line) => texts.set(id, (texts.get(id) ?? "") + line),
      () => undefined,
    );
  return {
    texts,
    begin: (head) => {
      texts.set(head.id, `${JSON.stringify(head)}\n`);
      return make(head.id, begun(head));
    },
    open: () =>
      [...texts].flatMap(([id, text]) => {
        const state = readJournal(text, id);
        return state && !state.end ? [make(id, state)] : [];
      }),
  };
}

export function folderJournals(folder: string): JournalStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pathOf = (id: string): string => join(folder, `${id}.jsonl`);
  const make = (path: string, state: JournalState, flags: string): Journal => {
    const owned = `${path}.owner`;
    if (flags === "wx") writeFileSync(owned, ownName(), { mode: 0o600 });
    const file = openSync(path, flags, 0o600);
    const put = (line: string): void => {
      writeSync(file, line);
      fsyncSync(file);
    };
    if (flags === "wx") {
      put(`${JSON.stringify(state.head)}\n`);
      // The name is on disk when its folder is.
      sync(folder);
    }
    return new StateJournal(state, put, () => {
      closeSync(file);
      rmSync(owned, { force: true });
    });
  };
  return {
    begin: (head) => make(pathOf(head.id), begun(head), "wx"),
    open: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith(".jsonl"))
        .flatMap((name) => {
          const path = join(folder, name);
          const text = readFile(path, LIMITS.transactionJournalMaxOctets).toString("utf8");
          const state = readJournal(text, path);
          return state && !state.end && own(`${path}.owner`)
            ? [{ path, state, isTorn: !text.endsWith("\n"), text }]
            : [];
        })
        .toSorted((a, b) => Number(BigInt(a.state.head.atUs) - BigInt(b.state.head.atUs)))
        .map(({ path, state, isTorn, text }) => {
          // A torn line would run together with the next; what it announced was not done.
          if (isTorn) mend(path, text);
          return make(path, state, "a");
        }),
  };
}

/** A process by its number and when it began: a number alone comes again. */
function ownName(pid = process.pid): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return "";
  }
}

/** Makes it ours unless its owner lives. */
function own(path: string): boolean {
  const owner = existsSync(path) ? readFileSync(path, "utf8") : "";
  const [pid = ""] = owner.split(" ");
  if (owner !== "" && owner === ownName(Number(pid))) return false;
  writeFileSync(path, ownName(), { mode: 0o600 });
  return true;
}

function mend(path: string, text: string): void {
  const file = openSync(path, "r+");
  try {
    const end = Buffer.byteLength(text.slice(0, text.lastIndexOf("\n") + 1));
    ftruncateSync(file, end);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function sync(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
