// What a bug report holds. Each part is gathered by itself: one that cannot be had says why and hides none of the others.

import { arch, cpus, freemem, loadavg, release, totalmem, uptime } from "node:os";
import { readConfig } from "../../base/config-file.ts";
import { asSrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { ROLES } from "../../base/roles.ts";
import { examine } from "../../doctor/doctor.ts";
import { run } from "../../doctor/run.ts";
import { askStatus } from "../../pop-agent/control.ts";
import { controlPath, readSettings } from "../agent/setup.ts";
import { ServiceClient } from "../service/client.ts";
import type { Context } from "../verb.ts";
import { version } from "../version.ts";
import { clean, secretsOf } from "./clean.ts";

export type BugReport = Readonly<Record<string, unknown>> & { readonly schema: "srwan.bugreport/1" };

/** Of the service: what a viewer's token may read. */
const ASKED: Readonly<Record<string, string>> = {
  status: "/api/v1/status",
  conditions: "/api/v1/conditions",
  pops: "/api/v1/pops",
  policies: "/api/v1/policies",
  segments: "/api/v1/segments",
  groups: "/api/v1/groups",
  quarantine: "/api/v1/quarantine",
  commits: "/api/v1/config/commits",
};

export async function gather(context: Context): Promise<BugReport> {
  const secrets = secretsOf(context.env);
  const report = {
    schema: "srwan.bugreport/1" as const,
    madeAt: new Date().toISOString(),
    versions: { srwan: version, node: process.version, kernel: release(), architecture: arch() },
    machine: {
      ...{ processors: cpus().length, load: loadavg(), uptimeSeconds: Math.round(uptime()) },
      ...{ memoryOctets: totalmem(), memoryFreeOctets: freemem() },
    },
    settings: await part(() => settingsOf(context, secrets)),
    doctor: await part(() => examine(run)),
    agent: await part(() => askStatus(controlPath(readSettings({ ...context, configFile: undefined })))),
    service: await serviceParts(context),
  };
  return clean(report, secrets) as BugReport;
}

async function part<T>(get: () => T | Promise<T>): Promise<T | { readonly absent: string; readonly why: string }> {
  try {
    return await get();
  } catch (thrown) {
    const { code, message } = asSrwanError(thrown);
    return { absent: code, why: message };
  }
}

/** Of every role, with where each value comes from. Secret values are remembered, to be taken out wherever they stand. */
function settingsOf(context: Context, secrets: string[]): Record<string, unknown> {
  return Object.fromEntries(
    ROLES.map((role) => {
      const file = role.name === "cli" ? context.configFile : undefined;
      try {
        const { settings } = readConfig(role, { env: context.env, file });
        for (const { secret, value } of settings) if (secret && typeof value === "string") secrets.push(value);
        const shown = settings.filter(({ origin }) => origin.from !== "default");
        return [role.name, Object.fromEntries(shown.map(({ key, secret, value }) => [key, secret ? "set" : value]))];
      } catch (thrown) {
        const { code, message } = asSrwanError(thrown);
        return [role.name, { absent: code, why: message }];
      }
    }),
  );
}

async function serviceParts(context: Context): Promise<unknown> {
  return part(async () => {
    const client = ServiceClient.of(context);
    // One that does not answer is asked once.
    const status = await client.get<object>(ASKED.status ?? "");
    const lists = Object.entries(ASKED).filter(([name]) => name !== "status");
    const parts = await Promise.all(
      lists.map(async ([name, path]) => [name, await part(() => client.all(path, LIMITS.bugreportEvents))] as const),
    );
    const events = await part(() => client.all("/api/v1/events?newest=true", LIMITS.bugreportEvents));
    return { status, ...Object.fromEntries(parts), events };
  });
}
