// What a verb is: a value that says its name, its flags and its examples, and a function that does it. Help, reference
// pages, completion and the command line are all made from these values.

import type { Logger } from "../base/log.ts";

export type Verb = {
  /** "doctor", or "config show". */
  readonly name: string;
  /** One line, no full stop. */
  readonly summary: string;
  /** What a reader needs beyond the summary. */
  readonly about: string;
  readonly arguments?: readonly Argument[];
  readonly flags?: readonly Flag[];
  readonly examples: readonly Example[];
  /** The file that --config names is of this role; without it of the prompt's own. */
  readonly role?: string;
  /** For -o, beside those that every verb has; its views say them. */
  readonly formats?: readonly string[];
  /** Kept out of help, completion and the reference. */
  readonly hidden?: boolean;
  run(context: Context, input: Input): Promise<View>;
};

export type Argument = {
  readonly name: string;
  readonly about: string;
  readonly optional?: boolean;
  readonly variadic?: boolean;
  readonly choices?: readonly string[];
  /** Completed with what the service knows of this kind. */
  readonly live?: LiveNames;
};

export type LiveNames = "pop" | "policy" | "group";

export type Flag = {
  /** "--role"; a short form may stand before: "-r, --role". */
  readonly name: string;
  /** The value's name; a flag without one is a switch. */
  readonly value?: string;
  readonly about: string;
  readonly choices?: readonly string[];
  readonly live?: LiveNames;
};

export type Example = { readonly command: string; readonly about: string };

export type Input = {
  readonly arguments: readonly string[];
  /** By long name in camel case: `--show-origin` is `showOrigin`. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
};

/** What a verb may touch of the world around it. */
export type Context = {
  readonly env: NodeJS.ProcessEnv;
  /** --config, as given. */
  readonly configFile: string | undefined;
  /** One of those of every verb, or of the verb's own. */
  readonly format: string;
  readonly screen: Screen;
  /** To stdout, for a verb that says more than one view. */
  readonly write: (text: string) => void;
  /** Loaded when first asked for: most verbs write no log. */
  readonly log: () => Promise<Logger>;
  readonly verbs: readonly Verb[];
  /** One line on stderr that the next one overwrites; nothing off a terminal. */
  readonly progress: (text: string) => void;
};

/** Where a table is written to: nothing but text may depend on it. */
export type Screen = {
  /** Columns of the terminal; undefined off a terminal, where lines are never folded. */
  readonly width: number | undefined;
  readonly colour: boolean;
};

/** What a verb answers with: data for programs, the same as text for people, and how the process ends. */
export type View = {
  readonly data: unknown;
  readonly text: (wide: boolean, screen: Screen) => string;
  /** As the verb's own formats say it. */
  readonly formats?: Readonly<Record<string, (screen: Screen) => string>>;
  readonly exitCode?: number;
  /** Whatever there is to say was said by another process, or will be by this one. */
  readonly written?: boolean;
};
