// `srwan controller`: the topology service, until it is told to stop.

import { textOf } from "../flags.ts";
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
      { logOf, untilClosed },
      { RealClock },
      { startController },
      { version },
    ] = await Promise.all([
      import("../../base/config-file.ts"),
      import("../../base/roles.ts"),
      import("../serving.ts"),
      import("../../base/clock.ts"),
      import("../../topology/service/controller.ts"),
      import("../version.ts"),
    ]);
    const { values } = readConfig(controllerRole, {
      file: context.configFile,
      env: context.env,
      flags: {
        folder: textOf(flags.folder),
        store: textOf(flags.store),
        listen: textOf(flags.listen),
        url: textOf(flags.url),
        "log.level": textOf(flags.logLevel),
      },
    });
    const log = logOf(values.log, context.env);
    const clock = new RealClock();
    const { deskOf } = await import("../service/desk.ts");
    const settlement = await deskOf(values.settlement, clock, log);
    const controller = await startController(values, { clock, log, version, settlement });
    const told = { env: context.env, status: `serves ${controller.url}` };
    return untilClosed(controller, log, { url: controller.url }, told);
  },
};
