// The service put together: store, authority, agents, groups, API; and taken apart again in the other order.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import type { Static } from "typebox";
import type { Clock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { Metrics } from "../../base/metrics.ts";
import { refuseExposed } from "../../base/private.ts";
import type { controllerRole } from "../../base/roles.ts";
import { Stopper, type StopReport } from "../../base/stop.ts";
import { parsePrefix } from "../../srv6/address.ts";
import { AGENT_PATH } from "../../wire/message.ts";
import { GroupLoop } from "../loop/group-loop.ts";
import { type Plan, settlePlan } from "../store/grants.ts";
import type { Retention } from "../store/retention.ts";
import { register, unregister } from "../store/services.ts";
import { Store } from "../store/store.ts";
import { Agents } from "./agents.ts";
import { buildApp, type Tls } from "./api/app.ts";
import type { Authority } from "./authority.ts";
import type { MakeBrain } from "./brain.ts";
import { firstToken, openAuthority, openFolder, STORE_FILE } from "./folder.ts";
import { Groups } from "./groups.ts";
import { healthMeasures } from "./health-measures.ts";
import { Housekeeping } from "./housekeeping.ts";
import { Live } from "./live.ts";
import { listenOnSocket, type Upgrade } from "./local-socket.ts";
import { measuresOf } from "./measures.ts";
import { Revoked } from "./revoked.ts";
import type { SettlementPort } from "./settlement-port.ts";

export type ControllerSettings = Static<(typeof controllerRole)["schema"]>;

export type ControllerWorld = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly version: string;
  readonly makeBrain?: MakeBrain;
  /** Of a room that this one may not know; closed with the service. */
  readonly settlement?: SettlementPort | undefined;
};

export type Controller = {
  readonly url: string;
  readonly service: string;
  readonly store: Store;
  readonly authority: Authority;
  readonly app: FastifyInstance;
  readonly close: () => Promise<readonly StopReport[]>;
};

const loop: MakeBrain = (group, memory) => new GroupLoop(group, memory === undefined ? {} : { memory });

export async function startController(settings: ControllerSettings, world: ControllerWorld): Promise<Controller> {
  const { clock, log, version, makeBrain = loop, settlement } = world;
  const stopper = new Stopper(clock);
  if (settlement !== undefined) stopper.onStop("settlement", () => settlement.close());
  try {
    const listen = readListen(settings.listen);
    const plan = readPlan(settings.sid);
    openFolder(settings.folder);
    const store = await Store.open({ address: settings.store ?? join(settings.folder, STORE_FILE), clock, log });
    stopper.onStop("store", () => store.close());
    const service = `${
      hostname()
        .replace(/[^A-Za-z0-9]/g, "-")
        .slice(0, 40) || "srwan"
    }-${randomBytes(4).toString("hex")}`;
    await register(store, service, settings.url ?? settings.listen);
    stopper.onStop("registration", () => unregister(store, service));
    await settlePlan(store, plan);
    const authority = await openAuthority(settings.folder, store);
    await firstToken(settings.folder, store);

    const metrics = new Metrics();
    const measures = measuresOf(metrics);
    const live = new Live(store, log);
    stopper.onStop("live", () => live.close());
    const { pulse, agents: agentSettings, api } = settings;
    const groups = new Groups({ store, service, makeBrain, pulse, log, decided: measures.decided });
    const agents = new Agents({ store, authority, service, log, ...agentSettings, fresh: (told) => groups.take(told) });
    const revoked = new Revoked(clock, log, [() => agents.lookAgain(), () => live.lookAgain()]);
    stopper.onStop("revoked", () => revoked.close());
    const forget = store.listen({
      news: (news) => {
        if (news.topic === "tokens") revoked.soon();
        agents.news(news);
        groups.news(news);
        live.news(news);
      },
      missed: () => {
        revoked.soon();
        groups.missed();
        void agents.missed().catch((error: unknown) => log.warn("documents may be behind", { error }));
      },
    });
    stopper.onStop("news", forget);
    groups.start();
    stopper.onStop("groups", () => groups.close());
    const house = new Housekeeping(store, groups.leases, retention(settings.keep), log);
    stopper.onStop("housekeeping", () => house.close());
    stopper.onStop("agents", () => agents.close());

    const tls = await tlsOf(settings, listen.host, authority, Number(clock.wallUs() / 1_000n));
    const { certificateDays } = agentSettings;
    const app = await buildApp(
      {
        ...{ store, authority, service, version, certificateDays, metrics, live, log, settlement, ...api },
        freshMetrics: healthMeasures(metrics, store, version).look,
      },
      tls,
    );
    app.addHook("onResponse", async ({ method }, { statusCode }) => measures.request(method, statusCode));
    const upgrade: Upgrade = (request, socket, head) => {
      if (request.url === AGENT_PATH) agents.upgrade(request, socket, head);
      else socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
    };
    app.server.on("upgrade", upgrade);
    const look = setInterval(() => measures.look(agents, groups, live), LIMITS.measuresLookMs);
    stopper.onStop("measures", () => clearInterval(look));
    await app.listen(listen);
    stopper.onStop("api", () => app.close());
    if (settings.socket !== undefined) {
      stopper.onStop("local socket", await listenOnSocket(app, settings.socket, upgrade));
    }
    // Before both doors: a server waits for connections that were upgraded, and agents do not leave by themselves.
    stopper.onStop("connected agents", () => agents.close());

    const { port } = app.server.address() as AddressInfo;
    const host = listen.host.includes(":") ? `[${listen.host}]` : listen.host;
    const url = settings.url ?? `${tls === undefined ? "http" : "https"}://${host}:${port}`;
    log.info("the service is up", { url, service, store: store.kind, folder: settings.folder });
    return { url, service, store, authority, app, close: () => stopper.stop() };
  } catch (thrown) {
    await stopper.stop();
    throw thrown;
  }
}

function readListen(text: string): { readonly host: string; readonly port: number } {
  const [, ipv6, other, digits] = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits !== undefined && port <= 65_535) return { host: ipv6 ?? (other || "::"), port };
  throw new SrwanError("CONFIG_VALUE_INVALID", `listen = ${JSON.stringify(text)} is no address with a port`, {
    remedy: "Write 127.0.0.1:7177, [::1]:7177, or :7177 for all addresses.",
  });
}

function readPlan({ block, nodeBits, functionBits }: ControllerSettings["sid"]): Plan {
  return { block, structure: { blockBits: parsePrefix(block).length, nodeBits, functionBits } };
}

const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || host.startsWith("127.");

/** Nothing that others can reach goes without TLS. */
async function tlsOf(
  { tls }: ControllerSettings,
  host: string,
  authority: Authority,
  nowMs: number,
): Promise<Tls | undefined> {
  if ((tls.certificate === undefined) !== (tls.key === undefined)) {
    throw new SrwanError("CONFIG_VALUE_INVALID", "tls.certificate and tls.key: one is missing", {
      remedy: "Give both, or neither for a certificate of the service's own authority.",
    });
  }
  if (tls.certificate !== undefined && tls.key !== undefined) {
    return { cert: readPem(tls.certificate, "tls.certificate"), key: readPem(tls.key, "tls.key") };
  }
  if (isLoopback(host) && tls.names.length === 0) return undefined;
  const names = [
    ...new Set([...tls.names, ...(host === "::" || host === "0.0.0.0" ? [] : [host]), hostname(), "localhost"]),
  ];
  const { certificate, key } = await authority.issueForService(names, nowMs, OWN_CERTIFICATE_DAYS);
  return { cert: `${certificate}\n${authority.certificate}\n`, key };
}

/** Made anew at each start; kept in memory only. */
const OWN_CERTIFICATE_DAYS = 3_650;

function readPem(path: string, setting: string): string {
  try {
    if (setting === "tls.key") refuseExposed(path, "the key of the service's certificate");
    return readFileSync(path, "utf8");
  } catch (thrown) {
    if (thrown instanceof SrwanError) throw thrown;
    throw new SrwanError("FILE_UNUSABLE", `${setting}: ${(thrown as Error).message}`, {
      remedy: "Check the path and its permissions.",
      cause: thrown,
    });
  }
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const retention = (keep: ControllerSettings["keep"]): Retention => ({
  measured: keep.fullMinutes * MINUTE_MS,
  measured_minute: keep.minuteDays * DAY_MS,
  measured_hour: keep.hourDays * DAY_MS,
  measured_day: keep.dayDays * DAY_MS,
  events: keep.eventDays * DAY_MS,
  journal: keep.journalDays * DAY_MS,
  audit: keep.auditDays * DAY_MS,
  counterHours: keep.counterDays * DAY_MS,
  answers: DAY_MS,
});
