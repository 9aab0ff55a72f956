// The command line: turns verb values into a commander program, runs the one that was asked for, and writes what it
// answers. Everything outside comes in as `Io`, so that a test can be the terminal.

import { Argument, Command, CommanderError, Option } from "commander";
import type { Config } from "../base/config.ts";
import { isConfigured } from "../base/config-find.ts";
import { asSrwanError, EXIT_CODES, SrwanError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { nearest } from "../base/nearest.ts";
import type { cliRole } from "../base/roles.ts";
import { expandVerb } from "./abbreviate.ts";
import { GLOBAL_FLAGS, longAndShort } from "./complete.ts";
import { didYouMean } from "./flags.ts";
import { FORMATS, fold, jsonSafe, render } from "./output.ts";
import { type argumentText, overview, verbPage } from "./pages.ts";
import type { Context, Flag, Input, Screen, Verb } from "./verb.ts";

export type Io = {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Columns of the terminal on stdout; undefined when stdout is none. */
  readonly width: number | undefined;
  readonly stdinIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  readonly version: string;
};

/** Runs one command line to its end and gives its exit code; never throws. */
export async function runCli(io: Io, verbs: readonly Verb[]): Promise<number> {
  const onTerminal = io.width !== undefined && io.stdinIsTerminal;
  const names = verbs.filter((verb) => !verb.hidden).map((verb) => verb.name);
  const words = onTerminal ? expandVerb(io.argv, names) : io.argv;
  let exitCode: number = EXIT_CODES.ok.code;
  const program = buildProgram(io, verbs, async (verb, input, options) => {
    exitCode = await runVerb(io, verbs, verb, input, options);
  });
  try {
    if (words.length === 0) io.stdout(overview(verbs));
    else await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT_CODES.ok.code;
    return report(thrown instanceof CommanderError ? usageError(thrown) : asSrwanError(thrown), io);
  }
}

type GlobalOptions = { readonly output?: string; readonly config?: string; readonly color: boolean };
type Start = (verb: Verb, input: Input, options: GlobalOptions) => Promise<void>;

function buildProgram(io: Io, verbs: readonly Verb[], start: Start): Command {
  const program = withDefaults(new Command("srwan"), () => overview(verbs));
  program.version(io.version, "--version", "print the version").helpCommand(false);
  const formats = [...new Set([...FORMATS, ...verbs.flatMap((verb) => verb.formats ?? [])])];
  for (const flag of GLOBAL_FLAGS) {
    if (longAndShort(flag).includes("--help")) continue;
    program.addOption(toOption(flag.choices === FORMATS ? { ...flag, choices: formats } : flag));
  }
  for (const verb of verbs) {
    const command = place(program, verb.name.split(" "));
    command.helpInformation = () => verbPage(verb);
    for (const argument of verb.arguments ?? []) {
      const made = new Argument(argumentSyntax(argument), argument.about);
      command.addArgument(argument.choices ? made.choices([...argument.choices]) : made);
    }
    for (const flag of verb.flags ?? []) command.addOption(toOption(flag));
    command.action(async (...args: unknown[]) => {
      const given = args.slice(0, verb.arguments?.length ?? 0).flat();
      const input = {
        arguments: given.filter((value): value is string => typeof value === "string"),
        flags: command.opts<Input["flags"]>(),
      };
      await start(verb, input, program.opts<GlobalOptions>());
    });
  }
  return program;

  function withDefaults(command: Command, page: () => string): Command {
    command.helpInformation = page;
    return command
      .exitOverride()
      .configureOutput({ writeOut: io.stdout, writeErr: () => undefined })
      .showSuggestionAfterError(true)
      .allowExcessArguments(false);
  }

  /** The command at the end of the path. A word on the way that is no verb itself ("config") says what may follow it. */
  function place(parent: Command, path: readonly string[]): Command {
    let command = parent;
    for (const [i, word] of path.entries()) {
      const prefix = path.slice(0, i + 1).join(" ");
      command = command.commands.find((child) => child.name() === word) ?? group(command, word, prefix);
    }
    return command;
  }

  function group(parent: Command, word: string, prefix: string): Command {
    const inside = verbs.filter((verb) => verb.name.startsWith(`${prefix} `));
    const command = withDefaults(parent.command(word), () => inside.map(verbPage).join("\n")).helpCommand(false);
    if (inside.length === 0 || verbs.some((verb) => verb.name === prefix)) return command;
    return command.argument("[word]").action((next?: string) => {
      const names = inside.map((verb) => verb.name);
      const near = next === undefined ? undefined : nearest(`${prefix} ${next}`, names);
      const said = next === undefined ? prefix : `${prefix} ${next}`;
      throw new SrwanError("USAGE", `"${said}" is not a verb`, {
        remedy: near ? `Did you mean \`srwan ${near}\`?` : `Use one of: ${names.join(", ")}.`,
      });
    });
  }
}

const argumentSyntax = (argument: Parameters<typeof argumentText>[0]): string => {
  const name = argument.name + (argument.variadic ? "..." : "");
  return argument.optional ? `[${name}]` : `<${name}>`;
};

function toOption(flag: Flag): Option {
  const option = new Option(flag.value ? `${flag.name} <${flag.value}>` : flag.name, flag.about);
  return flag.choices ? option.choices([...flag.choices]) : option;
}

async function runVerb(
  io: Io,
  verbs: readonly Verb[],
  verb: Verb,
  input: Input,
  options: GlobalOptions,
): Promise<number> {
  const colour = io.width !== undefined && options.color && !io.env.NO_COLOR;
  const screen: Screen = { width: io.width, colour };
  const config = needsNoConfig(verb) ? undefined : await readCliConfig(io, options);
  const format = options.output ?? config?.values.output ?? "table";
  refuseForeignFormat(verb, format);
  let drewProgress = false;
  const context: Context = {
    env: io.env,
    configFile: options.config,
    format,
    screen,
    verbs,
    write: io.stdout,
    log: () => logger(io, config),
    progress: (text) => {
      if (io.stderrIsTerminal) io.stderr(`\r\u001b[K${text}`);
      drewProgress = io.stderrIsTerminal;
    },
  };
  const view = await verb.run(context, input);
  if (drewProgress) io.stderr("\r\u001b[K");
  if (view.written !== true) io.stdout(await render(view, format, screen));
  return view.exitCode ?? EXIT_CODES.ok.code;
}

/** Another verb's own format. */
function refuseForeignFormat(verb: Verb, format: string): void {
  const known: readonly string[] = [...FORMATS, ...(verb.formats ?? [])];
  if (known.includes(format)) return;
  throw new SrwanError("USAGE", `-o ${format}: srwan ${verb.name} has no such format`, {
    remedy: `Use one of ${known.join(", ")}.`,
  });
}

/** Help and completion must work, and at once, whatever a configuration file says. */
const needsNoConfig = (verb: Verb): boolean =>
  verb.role !== undefined || ["help", "completion", "__complete"].includes(verb.name);

type CliConfig = Config<(typeof cliRole)["schema"]>;

/** Undefined where nothing is configured: the schemas take longer to load than most commands take to run. */
async function readCliConfig(io: Io, options: GlobalOptions): Promise<CliConfig | undefined> {
  if (!isConfigured("cli", options.config, io.env)) return undefined;
  const [{ readConfig }, { cliRole: role }] = await Promise.all([
    import("../base/config-file.ts"),
    import("../base/roles.ts"),
  ]);
  return readConfig(role, { env: io.env, file: options.config });
}

async function logger(io: Io, config: CliConfig | undefined): Promise<Logger> {
  const { createLogger } = await import("../base/log.ts");
  const { level = "info", format = "auto" } = config?.values.log ?? {};
  const chosen = format === "auto" ? (io.stderrIsTerminal ? "short" : "json") : format;
  return createLogger({ level, format: chosen, colour: io.stderrIsTerminal && !io.env.NO_COLOR, write: io.stderr });
}

/** Commander's own words for what is wrong with a command line, with a remedy. */
function usageError(error: CommanderError): SrwanError {
  const [message = "", hint] = error.message.replace(/^error: /, "").split("\n");
  const choice = /^option '.*(--\S+) <.*' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/.exec(message);
  if (choice) {
    const [, flag, given = "", choices = ""] = choice;
    return new SrwanError("USAGE", `${flag} ${given}: there is no such choice`, {
      remedy: didYouMean(given, choices.split(", ")),
    });
  }
  const suggestion = hint ? /Did you mean (?:one of )?([^?)]+)/.exec(hint)?.[1] : undefined;
  return new SrwanError("USAGE", message, {
    remedy: suggestion ? `Did you mean ${suggestion}?` : "`srwan help` lists the verbs; `srwan VERB --help` its flags.",
  });
}

function report(error: SrwanError, io: Io): number {
  const asJson = io.argv.some(
    (word, i) => word === "-ojson" || word === "--output=json" || isJson(word, io.argv[i + 1]),
  );
  if (asJson) {
    io.stderr(`${JSON.stringify({ error }, jsonSafe)}\n`);
  } else {
    const red = io.stderrIsTerminal && !io.env.NO_COLOR;
    const said = below(`error ${error.code}: ${error.message}`, "    ", io);
    io.stderr(`${said.replace("error", red ? "\u001b[31merror\u001b[0m" : "error")}\n`);
    io.stderr(`  ${below(error.remedy, "  ", io)}\n`);
    if (error.code === "INTERNAL" && error.cause instanceof Error) io.stderr(`${error.cause.stack}\n`);
  }
  return error.exitCode;
}

/** A long text goes on in lines below, on a terminal only: a log keeps one error on two lines. */
function below(text: string, indent: string, io: Io): string {
  if (!io.stderrIsTerminal) return text;
  return fold(text, (io.width ?? 80) - indent.length).join(`\n${indent}`);
}

const isJson = (word: string, next: string | undefined): boolean =>
  (word === "-o" || word === "--output") && next === "json";
