// `srwan controller`: the topology service, until it is told to stop.

import { EXIT_CODES } from "../../base/errors.ts";
import type { Verb } from "../verb.ts";

export const controllerVerb: Verb = {
  name: "controller",
  summary: "run the topology service",
  about:
    "Keeps everything in an embedded store (a single file) or, for several services of one WAN, in PostgreSQL. The first " +
    "start makes the authority that POPs' certificates come from, and writes a token of an operator into the folder. All " +
    "settings are in `srwan config show --role controller`; the flags are those given most often. Stops on Ctrl-C or SIGTERM.",
  role: "controller",
  flags: [
    { name: "--folder", value: "path", about: "store, authority and first token (default /var/lib/srwan/controller)" },
    { name: "--store", value: "address", about: "postgres://…, or a file (default store.db in the folder)" },
    {
      name: "--listen",
      value: "address",
      about: "of API and agents (default 127.0.0.1:7177); beyond loopback with TLS",
    },
    { name: "--url", value: "url", about: "how others reach it" },
    { name: "--log-level", value: "level", about: "least severe level that is written (default info)" },
  ],
  examples: [
    { command: "srwan controller --folder ./srwan", about: "try it on this machine" },
    { command: "srwan controller --listen :7177 --url https://wan.example.net:7177", about: "for POPs elsewhere" },
    {
      command: "srwan controller --store postgres://srwan@db.example.net/srwan --listen :7177",
      about: "one of several that share a database; give all the same authority.pem",
    },
  ],
  run: async (context, { flags }) => {
    const [
      { readConfig },
      { controllerRole },
      { createLogger },
      { RealClock },
      { serviceManager },
      { startController },
      { version },
    ] = await Promise.all([
      import("../../base/config-file.ts"),
      import("../../base/roles.ts"),
      import("../../base/log.ts"),
      import("../../base/clock.ts"),
      import("../../base/notify.ts"),
      import("../../topology/service/controller.ts"),
      import("../version.ts"),
    ]);
    const text = (name: string): string | undefined => {
      const value = flags[name];
      return typeof value === "string" ? value : undefined;
    };
    const { values } = readConfig(controllerRole, {
      file: context.configFile,
      env: context.env,
      flags: {
        folder: text("folder"),
        store: text("store"),
        listen: text("listen"),
        url: text("url"),
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
    const controller = await startController(values, { clock: new RealClock(), log, version });
    const stopped = Promise.withResolvers<void>();
    process.once("SIGINT", stopped.resolve);
    process.once("SIGTERM", stopped.resolve);
    const manager = serviceManager(context.env);
    manager.ready(`serves ${controller.url}`);
    await stopped.promise;
    manager.stopping();
    const report = await controller.close();
    const failed = report.filter(({ error }) => error !== undefined);
    for (const { part, error } of failed) log.error("a part did not stop", { part, error });
    return {
      data: { url: controller.url, stopped: true },
      text: () => "stopped",
      exitCode: (failed.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failed).code,
      written: true,
    };
  },
};
