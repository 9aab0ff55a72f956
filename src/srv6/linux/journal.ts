// The ownership journal: what we claimed before we changed it. Routes, nexthops and rules carry our protocol number in
// the kernel; HMAC keys carry nothing, so for them this file is the only proof of ownership.

import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

export interface Journal {
  /** Identities claimed and not yet known to be gone. */
  claimed(): ReadonlySet<string>;
  /** Adds claims; returns when they are on disk. */
  claim(identities: readonly string[]): void;
  /** What is ours now, read back: everything else is let go. */
  settle(identities: readonly string[]): void;
}

/** For tests, and for plans that change nothing. */
export function memoryJournal(start: Iterable<string> = []): Journal {
  let held = new Set(start);
  return {
    claimed: () => held,
    claim: (identities) => {
      held = new Set([...held, ...identities]);
    },
    settle: (identities) => {
      held = new Set(identities);
    },
  };
}

/** One identity a line. A line without its end is the trace of a crash before the change it announced: it does not count. */
export function fileJournal(path: string): Journal {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const text = (): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
  const whole = (all: string): string[] =>
    all
      .slice(0, all.lastIndexOf("\n") + 1)
      .split("\n")
      .filter((line) => line !== "");
  const lines = (identities: readonly string[]): string => identities.map((identity) => `${identity}\n`).join("");
  const settle = (identities: readonly string[]): void => {
    writeFileSync(`${path}.new`, lines(identities), { mode: 0o600 });
    sync(`${path}.new`);
    renameSync(`${path}.new`, path);
  };
  return {
    claimed: () => new Set(whole(text())),
    claim: (identities) => {
      const before = text();
      // A torn line would run together with the first of ours.
      if (before !== "" && !before.endsWith("\n")) settle(whole(before));
      appendFileSync(path, lines(identities), { mode: 0o600 });
      sync(path);
    },
    settle,
  };
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
