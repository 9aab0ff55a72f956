// `srwan token list` and `srwan token revoke`: who may call the service, who may join, and ending that.

import { SrwanError } from "../../base/errors.ts";
import type { AccessToken, JoinToken } from "../../topology/store/tokens.ts";
import type { Column } from "../output.ts";
import { clientOf } from "../service/client-of.ts";
import type { Verb } from "../verb.ts";

/** One of either kind. */
type Row = { readonly id: string; readonly whose: string; readonly role: string; readonly madeBy: string } & {
  readonly endsMs: number | null;
  readonly state: string;
};

const rowOfAccess = ({ id, name, role, madeBy, expiresMs, revokedMs }: AccessToken, nowMs: number): Row => ({
  ...{ id, whose: name, role, madeBy, endsMs: revokedMs ?? expiresMs },
  state: revokedMs !== null ? "revoked" : expiresMs !== null && expiresMs <= nowMs ? "ended" : "good",
});
const rowOfJoin = ({ id, pop, madeBy, expiresMs, usedMs, usedPop }: JoinToken, nowMs: number): Row => ({
  ...{ id, whose: usedPop ?? pop ?? "any POP", role: "join", madeBy, endsMs: expiresMs },
  state: usedMs !== null ? "used" : expiresMs <= nowMs ? "ended" : "good",
});

export const tokenList: Verb = {
  name: "token list",
  summary: "tokens to call with and to join with, by their numbers",
  about: "What a token is itself nobody is shown again: the service keeps a digest. Needs an operator's token.",
  flags: [{ name: "--all", about: "also those that were used or revoked, or have ended" }],
  examples: [
    { command: "srwan token list", about: "who may call, and which POPs may still join" },
    { command: "srwan token list --all -o json", about: "all there ever were, with who made them" },
  ],
  run: async (context, { flags }) => {
    const [client, { table }, { time }] = await Promise.all([
      clientOf(context),
      import("../output.ts"),
      import("../service/say.ts"),
    ]);
    const access = await client.all<AccessToken>("/api/v1/access-tokens");
    const join = await client.all<JoinToken>("/api/v1/join-tokens");
    const nowMs = Date.now();
    const isShown = ({ row: { state } }: { readonly row: Row }): boolean => flags.all === true || state === "good";
    const shownAccess = access.map((one) => ({ one, row: rowOfAccess(one, nowMs) })).filter(isShown);
    const shownJoin = join.map((one) => ({ one, row: rowOfJoin(one, nowMs) })).filter(isShown);
    const rows = [...shownAccess, ...shownJoin].map(({ row }) => row);
    const columns: Column<Row>[] = [
      { title: "ID", cell: ({ id }) => id },
      { title: "WHOSE", cell: ({ whose }) => whose },
      { title: "ROLE", cell: ({ role }) => role },
      { title: "STATE", cell: ({ state }) => state, paint: ({ state }) => (state === "good" ? "good" : "warn") },
      { title: "ENDS", cell: ({ endsMs }) => time(endsMs) },
      { title: "MADE BY", cell: ({ madeBy }) => madeBy },
    ];
    return {
      data: { access: shownAccess.map(({ one }) => one), join: shownJoin.map(({ one }) => one) },
      text: (wide, screen) => (rows.length === 0 ? "None." : table(rows, columns, wide, screen)),
    };
  },
};

export const tokenRevoke: Verb = {
  name: "token revoke",
  summary: "end a token, or all of one person's, at once",
  about:
    "Calls with it are refused from now on, and live streams that it opened end within seconds, on every service of the store. " +
    "A join token that was used is no way in any more: to take a POP's certificate back, `srwan pop remove`. Should no " +
    "operator's token be left: remove operator.token from the service's folder, and start it; it makes another.",
  arguments: [{ name: "token", about: "its number, as `srwan token list` shows it, or whose it is" }],
  examples: [{ command: "srwan token revoke ann", about: "whatever Ann has" }],
  run: async (context, { arguments: [token = ""] }) => {
    const client = await clientOf(context);
    const access = (await client.all<AccessToken>("/api/v1/access-tokens")).filter(
      ({ id, name, revokedMs }) => revokedMs === null && (id === token || name === token),
    );
    const join = (await client.all<JoinToken>("/api/v1/join-tokens")).filter(({ id }) => id === token);
    for (const { id } of access) await client.call("DELETE", `/api/v1/access-tokens/${encodeURIComponent(id)}`);
    for (const { id } of join) await client.call("DELETE", `/api/v1/join-tokens/${encodeURIComponent(id)}`);
    const revoked = [...access, ...join].map(({ id }) => id);
    if (revoked.length === 0) {
      throw new SrwanError("NOT_THERE", `there is no token ${token}, and nobody of that name has one`, {
        remedy: "See `srwan token list`.",
      });
    }
    const what = revoked.length === 1 ? "The token is" : `${revoked.length} tokens are`;
    return { data: { revoked }, text: () => `${what} good for nothing any more.` };
  },
};
