// `srwan config show`: every setting with its value and, asked, where it came from.

import type { Setting } from "../../base/config.ts";
import { SrwanError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { table } from "../output.ts";
import type { Verb } from "../verb.ts";

export const configShow: Verb = {
  name: "config show",
  summary: "settings in force, and where each comes from",
  about:
    "Reads the same sources in the same order as a process of that role would: flag, SRWAN_* variable, file, default. " +
    "Secrets are shown as set or not set, never as text.",
  flags: [
    { name: "--role", value: "role", about: "whose settings (default cli)" },
    { name: "--origin", about: "also show which file and line, variable or default each value comes from" },
  ],
  examples: [
    { command: "srwan config show --origin", about: "what this shell's srwan would use" },
    { command: "SRWAN_LOG_LEVEL=debug srwan config show -o json", about: "the same as a document" },
  ],
  run: async (context, { flags }) => {
    const [{ readConfig }, { ROLES }, { originText }] = await Promise.all([
      import("../../base/config-file.ts"),
      import("../../base/roles.ts"),
      import("../../base/config.ts"),
    ]);
    const name = typeof flags.role === "string" ? flags.role : "cli";
    const role = ROLES.find((candidate) => candidate.name === name);
    if (!role) {
      const names = ROLES.map((candidate) => candidate.name);
      const near = nearest(name, names);
      throw new SrwanError("USAGE", `--role ${name}: there is no such role`, {
        remedy: `Use one of ${names.join(", ")}${near ? ` (did you mean ${near}?)` : ""}.`,
        details: { flag: "--role", value: name },
      });
    }
    const { settings } = readConfig(role, { env: context.env, file: context.configFile });
    const shown = (setting: Setting): unknown =>
      setting.secret ? (setting.value === undefined ? "not set" : "set") : (setting.value ?? null);
    return {
      data: {
        role: name,
        settings: settings.map((setting) => ({
          key: setting.key,
          value: shown(setting),
          origin: originText(setting.origin),
        })),
      },
      text: (wide, screen) =>
        table(
          settings,
          [
            { title: "KEY", cell: (setting) => setting.key },
            { title: "VALUE", cell: (setting) => String(shown(setting) ?? "-") },
            ...(flags.origin || wide
              ? [{ title: "ORIGIN", cell: (setting: Setting) => originText(setting.origin) }]
              : []),
          ],
          wide,
          screen,
        ),
    };
  },
};
