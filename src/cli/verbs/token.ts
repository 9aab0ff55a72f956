// `srwan token create` and `srwan backup`: what whoever runs the service needs beside it.

import { SrwanError } from "../../base/errors.ts";
import type { Verb } from "../verb.ts";

export const tokenCreate: Verb = {
  name: "token create",
  summary: "a token that a POP joins with, or one to call the API with",
  about:
    "Without --role: a join token, good once. It also says which service is the right one, so an agent given the token " +
    "cannot join a false one. With --role: a token for the API and these verbs. Either is shown once and kept nowhere.",
  flags: [
    { name: "--pop", value: "name", about: "only this POP may join with it" },
    { name: "--group", value: "name", about: "the POP comes into this group" },
    {
      name: "--role",
      value: "role",
      about: "to call the API: viewer reads, engineer changes, operator runs, settlement counts",
      choices: ["viewer", "engineer", "operator", "settlement"],
    },
    { name: "--name", value: "name", about: "with --role: whose it is; the audit log says it" },
    {
      name: "--expires",
      value: "time",
      about: "good for so long (an hour to join, a week at most; until revoked to call)",
    },
  ],
  examples: [
    { command: "srwan token create --pop sea", about: "give it to Seattle's agent" },
    { command: "srwan token create --role engineer --name ann", about: "for SRWAN_SERVICE_TOKEN on Ann's machine" },
  ],
  run: async (context, { flags }) => {
    const [{ ServiceClient }, { parseDurationMs }] = await Promise.all([
      import("../service/client.ts"),
      import("../../base/units.ts"),
    ]);
    const { pop, group, role, name, expires } = flags;
    const expiresInMs = typeof expires === "string" ? { expiresInMs: parseDurationMs(expires) } : {};
    if (role !== undefined && name === undefined) {
      throw new SrwanError("USAGE", "--role needs --name", { remedy: "Say whose it is: --name ann." });
    }
    const [path, body] =
      role === undefined
        ? ["/api/v1/join-tokens", { ...(pop === undefined ? {} : { pop }), ...(group === undefined ? {} : { group }) }]
        : ["/api/v1/access-tokens", { role, name }];
    const client = ServiceClient.of(context);
    const { body: made } = await client.call<{ readonly token: string }>("POST", path, { ...body, ...expiresInMs });
    return { data: made, text: () => made.token };
  },
};

export const backupVerb: Verb = {
  name: "backup",
  summary: "copy the embedded store while the service runs",
  about:
    "On the service's machine. The copy is consistent, whatever is written meanwhile. Keep authority.pem of the folder with " +
    "it: without that every POP has to join again. To restore: stop the service, put both into the folder, start it. Agents " +
    "that are ahead of the copy are brought back by themselves. PostgreSQL is backed up with its own tools.",
  arguments: [{ name: "to", about: "the file to make" }],
  flags: [{ name: "--folder", value: "path", about: "of the service (default as configured)" }],
  examples: [{ command: "srwan backup /var/backups/srwan.db", about: "every night" }],
  run: async (context, { arguments: [to = ""], flags }) => {
    const [{ readConfig }, { controllerRole }, { join }, { backupSqlite }, { kindOf }] = await Promise.all([
      import("../../base/config-file.ts"),
      import("../../base/roles.ts"),
      import("node:path"),
      import("../../database/sqlite.ts"),
      import("../../database/database.ts"),
    ]);
    const folder = typeof flags.folder === "string" ? { folder: flags.folder } : {};
    const { values } = readConfig(controllerRole, { file: context.configFile, env: context.env, flags: folder });
    const from = values.store ?? join(values.folder, "store.db");
    if (kindOf(from) === "postgres") {
      throw new SrwanError("USAGE", "the store is in PostgreSQL, which has tools of its own", {
        remedy: "Use pg_dump --format=custom, or a base backup with the write-ahead log.",
      });
    }
    const pages = await backupSqlite(from, to);
    return {
      data: { from, to, pages },
      text: () => `${to}: ${pages} pages. Keep ${join(values.folder, "authority.pem")} with it.`,
    };
  },
};
