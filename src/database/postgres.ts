// Connections to PostgreSQL: 64-bit whole numbers as numbers, a dead peer seen within seconds, and errors that say
// whether the store is merely away.

import pg from "pg";
import { LIMITS } from "../base/limits.ts";

const INT8 = 20;

/** 64-bit whole numbers in our tables are times and counts below 2⁵³. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text") =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** The server gives a service's locks away soon after its machine is gone, not after two hours. */
const DEAD_PEER = `-c tcp_keepalives_idle=1 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=2 -c tcp_user_timeout=${LIMITS.storeDeadPeerMs}`;

export const postgresConfig = (url: string): pg.ClientConfig => ({
  connectionString: url,
  types,
  keepAlive: true,
  application_name: "srwan",
  connectionTimeoutMillis: LIMITS.storeConnectMs,
  options: DEAD_PEER,
});

export function openPool(url: string, onError: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    ...postgresConfig(url),
    max: LIMITS.storeConnections,
    statement_timeout: LIMITS.storeStatementMs,
  });
  // A connection that breaks while nothing is asked of it is no reason to end: the next question finds out. The pool
  // hears of idle ones only; one in a transaction may be between two questions.
  pool.on("error", onError);
  pool.on("connect", (client) => void client.on("error", () => undefined));
  return pool;
}

/** 08 connection, 57P server going down or coming up, 40 to be tried again, 53 out of something. */
const PASSING = /^(08|40|53|57P|55P03)/;
const PASSING_SYSTEM = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN"];

/** Whether the same call may succeed when the store is back. */
export function isAway(thrown: unknown): boolean {
  const { code, message } = thrown as { code?: unknown; message?: unknown };
  if (typeof code === "string" && (PASSING.test(code) || PASSING_SYSTEM.includes(code))) return true;
  return /Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect/.test(
    String(message),
  );
}
