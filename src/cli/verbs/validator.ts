// `srwan validator`: a validator of the settlement, or one of its workers, until it is told to stop.

import { EXIT_CODES } from "../../base/errors.ts";
import type { Verb } from "../verb.ts";

export const validatorVerb: Verb = {
  name: "validator",
  summary: "run a validator of the settlement, or one of its workers",
  about:
    "Takes link reports, tickets and vouchers over HTTP, matches both ends of every link, makes each epoch's batch together " +
    "with the other validators, and brings it to the chain. Any number of workers (--listen none) share one store; any may " +
    "be killed at any time. All settings are in `srwan config show --role validator`. Stops on Ctrl-C or SIGTERM.",
  role: "validator",
  flags: [
    {
      name: "--store",
      value: "address",
      about: "postgres://…, or a file (default /var/lib/srwan/validator/settlement.db)",
    },
    {
      name: "--listen",
      value: "address",
      about: "of its doors (default 127.0.0.1:7178); none: a worker without doors",
    },
    { name: "--url", value: "url", about: "JSON-RPC of the chain (default http://127.0.0.1:8545)" },
    { name: "--deployment", value: "file", about: "where the contracts stand (default srwan-chain.json)" },
    { name: "--keystore", value: "file", about: "the encrypted key that signs" },
    { name: "--password-file", value: "file", about: "its password, in a file that nobody else can read" },
    { name: "--peers", value: "urls", about: "the other validators, with commas between" },
    { name: "--log-level", value: "level", about: "least severe level that is written (default info)" },
  ],
  examples: [
    {
      command: "srwan validator --store ./s.db --keystore v1.json --password-file v1.pw",
      about: "one that is alone, on the lab's chain",
    },
    {
      command: "srwan validator --listen none --store postgres://srwan@db/settlement",
      about: "another worker",
    },
  ],
  run: async (context, { flags }) => {
    const [{ readConfig }, { validatorRole }, { createLogger }, { RealClock }, { serviceManager }, { startValidator }] =
      await Promise.all([
        import("../../base/config-file.ts"),
        import("../../base/roles.ts"),
        import("../../base/log.ts"),
        import("../../base/clock.ts"),
        import("../../base/notify.ts"),
        import("../../settlement/service/validator.ts"),
      ]);
    const text = (name: string): string | undefined => {
      const value = flags[name];
      return typeof value === "string" ? value : undefined;
    };
    const { values } = readConfig(validatorRole, {
      file: context.configFile,
      env: context.env,
      flags: {
        store: text("store"),
        listen: text("listen"),
        deployment: text("deployment"),
        keystore: text("keystore"),
        passwordFile: text("passwordFile"),
        peers: text("peers"),
        "chain.url": text("url"),
        "log.level": text("logLevel"),
      },
    });
    const { level, format } = values.log;
    const short = format === "short" || (format === "auto" && process.stderr.isTTY === true);
    const log = createLogger({
      level,
      format: short ? "short" : "json",
      colour: short && process.stderr.isTTY === true,
      write: (line) => void process.stderr.write(line),
    });
    const stopped = Promise.withResolvers<void>();
    process.once("SIGINT", stopped.resolve);
    process.once("SIGTERM", stopped.resolve);
    const validator = await startValidator(values, { clock: new RealClock(), log });
    const manager = serviceManager(context.env);
    manager.ready(`signs as ${validator.signer}`);
    await stopped.promise;
    manager.stopping();
    const report = await validator.close();
    const failed = report.filter(({ error }) => error !== undefined);
    for (const { part, error } of failed) log.error("a part did not stop", { part, error });
    return {
      data: { signer: validator.signer, stopped: true },
      text: () => "stopped",
      exitCode: (failed.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failed).code,
      written: true,
    };
  },
};
