// Changing the WAN: candidate, difference, commit, confirm, going back.

import { type Static, Type } from "typebox";
import { SrwanError } from "../../../base/errors.ts";
import { LIMITS } from "../../../base/limits.ts";
import { closed, name, whole, words } from "../../../wire/parts.ts";
import { Maintenance, PolicySpec, Signing, WanConfig } from "../../../wire/policy.ts";
import * as commits from "../../store/commits.ts";
import { popsOf } from "../../store/pops.ts";
import type { Store } from "../../store/store.ts";
import { checkConfig, checkStep, mistakes } from "../change-check.ts";
import { diffConfig, diffLines, tidy } from "../change-diff.ts";
import { afterNumber, type Endpoint, endpoint, limit, page, pageOf, sizeOf } from "./endpoint.ts";
import { CandidateView, CommitView, CommitWhole, DiffView } from "./schemas.ts";

const tag = "configuration";
const byName = Type.Object({ name: name("The policy's.") }, closed);

async function records(store: Store) {
  const pops = await popsOf(store, { limit: LIMITS.popsMax });
  return new Map(pops.map(({ name: pop, record }) => [pop, record]));
}

const candidateAnswer = ({ etag, ...rest }: commits.Candidate) => ({ body: rest, etag });
const withoutConfig = ({ config: _, ...rest }: commits.Commit): Static<typeof CommitView> => rest;

/** A whole of every policy is edited at once; a policy that is there already is replaced in its place. */
const put = <T>(all: readonly T[], one: T, isSame: (other: T) => boolean): T[] =>
  all.some(isSame) ? all.map((other) => (isSame(other) ? one : other)) : [...all, one];

export const configEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/api/v1/config/running",
    name: "getRunning",
    tag,
    right: "read",
    summary: "the configuration in force, with its commit",
    answer: CommitWhole,
    run: async ({ store }) => {
      const commit = await store.read((db) => commits.running(db));
      return { body: commit, etag: commit.id };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/config/candidate",
    name: "getCandidate",
    tag,
    right: "read",
    summary: "the configuration being edited",
    answer: CandidateView,
    run: async ({ store }) => candidateAnswer(await store.read((db) => commits.candidate(db))),
  }),
  endpoint({
    method: "PUT",
    path: "/api/v1/config/candidate",
    name: "putCandidate",
    tag,
    matches: "the candidate",
    right: "change",
    summary: "replace the candidate",
    about: "Takes If-Match with the ETag of the candidate that was read.",
    body: WanConfig,
    answer: CandidateView,
    maxOctets: LIMITS.configBodyMaxOctets,
    run: async ({ store }, { body, caller, ifMatch }) =>
      candidateAnswer(await commits.editCandidate(store, caller.name, ifMatch, () => tidy(body))),
  }),
  endpoint({
    method: "PUT",
    path: "/api/v1/config/candidate/policies/:name",
    name: "putPolicy",
    tag,
    matches: "the candidate",
    right: "change",
    summary: "add or replace a policy of the candidate",
    params: byName,
    body: PolicySpec,
    answer: CandidateView,
    maxOctets: LIMITS.configBodyMaxOctets,
    run: async ({ store }, { params, body, caller, ifMatch }) => {
      if (body.name !== params.name) {
        throw new SrwanError("REQUEST_INVALID", `body.name = ${JSON.stringify(body.name)} is not ${params.name}`, {
          remedy: "Give the policy the name it has in the address.",
          details: { field: "body.name" },
        });
      }
      const edit = (config: WanConfig): WanConfig => {
        const next = put(config.policies, body, (one) => one.name === body.name);
        if (next.length > LIMITS.policiesMax) {
          throw new SrwanError("CHANGE_INVALID", `policies = ${next.length} are more than ${LIMITS.policiesMax}`, {
            remedy: "Remove some first, or begin another WAN.",
          });
        }
        return tidy({ ...config, policies: next });
      };
      return candidateAnswer(await commits.editCandidate(store, caller.name, ifMatch, edit));
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/config/candidate/policies/:name",
    name: "deletePolicy",
    tag,
    matches: "the candidate",
    right: "change",
    summary: "remove a policy from the candidate",
    params: byName,
    answer: CandidateView,
    run: async ({ store }, { params, caller, ifMatch }) => {
      const edit = (config: WanConfig): WanConfig => {
        const next = config.policies.filter((one) => one.name !== params.name);
        if (next.length === config.policies.length) throw notThere(`policy ${params.name} is not in the candidate`);
        return { ...config, policies: next };
      };
      return candidateAnswer(await commits.editCandidate(store, caller.name, ifMatch, edit));
    },
  }),
  endpoint({
    method: "PUT",
    path: "/api/v1/config/candidate/maintenance/:pop",
    name: "drainPop",
    tag,
    matches: "the candidate",
    right: "change",
    summary: "drain a POP, or some of its segments, in the candidate",
    about: "Policies leave for their other paths; one that has none stays where it is.",
    params: Type.Object({ pop: name("The POP.") }, closed),
    body: Type.Omit(Maintenance, ["pop"]),
    answer: CandidateView,
    run: async ({ store }, { params: { pop }, body, caller, ifMatch }) => {
      const edit = (config: WanConfig): WanConfig =>
        tidy({ ...config, maintenance: put(config.maintenance, { pop, ...body }, (one) => one.pop === pop) });
      return candidateAnswer(await commits.editCandidate(store, caller.name, ifMatch, edit));
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/config/candidate/maintenance/:pop",
    name: "undrainPop",
    tag,
    matches: "the candidate",
    right: "change",
    summary: "end a POP's maintenance in the candidate",
    params: Type.Object({ pop: name("The POP.") }, closed),
    answer: CandidateView,
    run: async ({ store }, { params: { pop }, caller, ifMatch }) => {
      const edit = (config: WanConfig): WanConfig => {
        const next = config.maintenance.filter((one) => one.pop !== pop);
        if (next.length === config.maintenance.length)
          throw notThere(`POP ${pop} is not in maintenance in the candidate`);
        return { ...config, maintenance: next };
      };
      return candidateAnswer(await commits.editCandidate(store, caller.name, ifMatch, edit));
    },
  }),
  endpoint({
    method: "PUT",
    path: "/api/v1/config/candidate/signing",
    name: "putSigning",
    tag,
    matches: "the candidate",
    right: "change",
    summary: "have POPs sign SID lists, in the candidate",
    about:
      "Keys are numbers here: the service makes what they are of its authority, gives it to POPs, and shows it nobody. A " +
      "commit takes one step: a key that all have, signing with it, dropping what is not signed.",
    body: Signing,
    answer: CandidateView,
    run: async ({ store }, { body: signing, caller, ifMatch }) => {
      const edit = (config: WanConfig): WanConfig => tidy({ ...config, signing });
      return candidateAnswer(await commits.editCandidate(store, caller.name, ifMatch, edit));
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/config/candidate/signing",
    name: "deleteSigning",
    tag,
    matches: "the candidate",
    right: "change",
    summary: "have no keys in the candidate",
    answer: CandidateView,
    run: async ({ store }, { caller, ifMatch }) => {
      const edit = ({ signing, ...rest }: WanConfig): WanConfig => {
        if (signing === undefined) throw notThere("the candidate has no keys to sign with");
        return rest;
      };
      return candidateAnswer(await commits.editCandidate(store, caller.name, ifMatch, edit));
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/config/diff",
    name: "diff",
    tag,
    right: "read",
    summary: "the difference of two configurations",
    query: Type.Object(
      {
        from: Type.Optional(
          Type.String({ maxLength: 16, description: "running, candidate or a commit's number (running)." }),
        ),
        to: Type.Optional(Type.String({ maxLength: 16, description: "The same (candidate)." })),
      },
      closed,
    ),
    answer: DiffView,
    run: async ({ store }, { query: { from = "running", to = "candidate" } }) => {
      const changes = diffConfig(
        await configNamed(store, from, "query.from"),
        await configNamed(store, to, "query.to"),
      );
      return { body: { from, to, changes, lines: diffLines(changes) } };
    },
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/config/check",
    name: "checkCandidate",
    tag,
    right: "read",
    summary: "what in the candidate cannot be",
    answer: Type.Object(
      {
        mistakes: Type.Array(
          Type.Object(
            { field: Type.String(), value: Type.Unknown(), what: Type.String(), remedy: Type.String() },
            closed,
          ),
        ),
      },
      closed,
    ),
    run: async ({ store }) => {
      const { config } = await store.read((db) => commits.candidate(db));
      return { body: { mistakes: mistakes(config, await records(store)) } };
    },
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/config/commit",
    name: "commit",
    tag,
    matches: "the candidate",
    right: "change",
    summary: "put the candidate into force",
    about:
      "With confirmMs the whole WAN goes back by itself after that time unless the commit is confirmed, also when every " +
      "service was restarted meanwhile.",
    body: Type.Object(
      {
        why: words("For those who read it later."),
        confirmMs: Type.Optional(
          Type.Integer({
            minimum: LIMITS.confirmMinMs,
            maximum: LIMITS.confirmMaxMs,
            description: "Goes back by itself after this, unless it is confirmed.",
          }),
        ),
      },
      closed,
    ),
    answer: CommitView,
    status: 201,
    run: async ({ store }, { body: { why, confirmMs }, caller, ifMatch }) => {
      const known = await records(store);
      const made = await commits.commitCandidate(store, {
        by: caller.name,
        why,
        check: (config, before) => {
          checkConfig(config, known);
          checkStep(before, config);
        },
        ...(confirmMs === undefined ? {} : { confirmMs }),
        ...(ifMatch === undefined ? {} : { etag: ifMatch }),
      });
      return { status: 201, body: withoutConfig(made), location: `/api/v1/config/commits/${made.id}` };
    },
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/config/confirm",
    name: "confirm",
    tag,
    matches: "the commit in force",
    right: "change",
    summary: "let the commit that waits stand",
    answer: CommitView,
    run: async ({ store }, { caller, ifMatch }) => ({
      body: withoutConfig(await commits.confirm(store, caller.name, ifMatch)),
    }),
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/config/rollback",
    name: "rollback",
    tag,
    matches: "the candidate",
    right: "change",
    summary: "put an older commit into the candidate",
    about:
      "0 is the commit in force, 1 the one before. Nothing changes in the WAN until the candidate is committed; only a " +
      "commit that waits to be confirmed is taken back at once by going back 1.",
    body: Type.Object({ back: whole("How many commits.", LIMITS.commitsKept) }, closed),
    answer: Type.Object({ candidate: CandidateView, returned: Type.Optional(CommitView) }, closed),
    run: async ({ store }, { body: { back }, caller, ifMatch }) => {
      const { candidate, returned } = await commits.rollback(store, caller.name, back, ifMatch);
      const { etag, ...shown } = candidate;
      return { body: { candidate: shown, ...(returned ? { returned: withoutConfig(returned.waited) } : {}) }, etag };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/config/commits",
    name: "listCommits",
    tag,
    right: "read",
    summary: "who changed the WAN, when and why, the newest first",
    query: Type.Object({ limit, after: afterNumber }, closed),
    answer: page(CommitView, "Commits, the newest first."),
    run: async ({ store }, { query }) => {
      const size = sizeOf(query.limit);
      return pageOf(await commits.commitsOf(store, query.after, size + 1), size, withoutConfig, ({ id }) => String(id));
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/config/commits/:id",
    name: "getCommit",
    tag,
    right: "read",
    summary: "a commit with its configuration",
    params: Type.Object({ id: whole("Its number.") }, closed),
    answer: CommitWhole,
    run: async ({ store }, { params: { id } }) => {
      const commit = await commits.commitById(store, id);
      if (commit === undefined) throw notThere(`commit ${id} is not kept`);
      return { body: commit, etag: commit.id };
    },
  }),
];

async function configNamed(store: Store, named: string, field: string): Promise<WanConfig> {
  if (named === "running") return (await store.read((db) => commits.running(db))).config;
  if (named === "candidate") return (await store.read((db) => commits.candidate(db))).config;
  const id = /^\d{1,15}$/.test(named) ? Number(named) : undefined;
  if (id === undefined) {
    throw new SrwanError("REQUEST_INVALID", `${field} = ${JSON.stringify(named)} names no configuration`, {
      remedy: "Give running, candidate or a commit's number.",
      details: { field },
    });
  }
  if (id === 0) return commits.EMPTY;
  const commit = await commits.commitById(store, id);
  if (commit === undefined) throw notThere(`commit ${id} is not kept`);
  return commit.config;
}

const notThere = (what: string): SrwanError =>
  new SrwanError("NOT_THERE", what, { remedy: "List what there is, and check the name." });
