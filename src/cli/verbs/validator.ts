// `srwan validator`: a validator of the settlement, or one of its workers, until it is told to stop.

import { toldToStop } from "../signals.ts";
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
      command:
        "srwan validator --listen none --store postgres://srwan@db/settlement --keystore v1.json --password-file v1.pw",
      about: "another worker",
    },
  ],
  run: async (context, input) => {
    const [{ readValidator }, { logOf, untilClosed }, { RealClock }, { startValidator }] = await Promise.all([
      import("../settle/options.ts"),
      import("../serving.ts"),
      import("../../base/clock.ts"),
      import("../../settlement/service/validator.ts"),
    ]);
    const settings = readValidator(context, input);
    const log = logOf(settings.log, context.env);
    const stopped = toldToStop();
    const validator = await startValidator(settings, { clock: new RealClock(), log });
    return untilClosed(
      validator,
      log,
      { signer: validator.signer },
      { env: context.env, status: `signs as ${validator.signer}`, stopped },
    );
  },
};
