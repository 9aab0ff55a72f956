// Changing the WAN: the candidate with its difference, the commit and its countdown, and the way back.

import { useState } from "preact/hooks";
import { Away, call, get, Problem } from "../base/api.ts";
import { useCommits } from "../base/commits.ts";
import { useQuery } from "../base/query.ts";
import { session } from "../base/session.ts";
import type { CandidateView, DiffView } from "../base/types.ts";
import { usePops } from "../base/wan.ts";
import { Commits } from "../parts/commits.tsx";
import { Card, Page } from "../parts/page.tsx";
import { PolicyForm } from "../parts/policy-form.tsx";
import { Empty, Loaded } from "../parts/states.tsx";
import { Waiting } from "../parts/waiting.tsx";

const TIMES = [
  ["60000", "1 minute"],
  ["300000", "5 minutes"],
  ["900000", "15 minutes"],
  ["0", "without going back"],
] as const;

type Mistakes = {
  readonly mistakes: readonly { readonly field: string; readonly what: string; readonly remedy: string }[];
};

export function ChangesPage() {
  const commits = useCommits();
  const pops = usePops();
  const diff = useQuery(
    "diff",
    async (signal) => {
      const [shown, check, { body: candidate, etag }] = await Promise.all([
        get<DiffView>("/api/v1/config/diff", signal),
        call<Mistakes>("POST", "/api/v1/config/check", undefined, { signal }),
        call<CandidateView>("GET", "/api/v1/config/candidate", undefined, { signal }),
      ]);
      return { diff: shown, mistakes: check.body.mistakes, candidate, etag };
    },
    { on: ["config"], everyMs: 5_000 },
  );
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [said, setSaid] = useState("");
  const mayChange = session.may("change");
  const act = async (words: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      setProblem(undefined);
      setSaid(words);
      return true;
    } catch (thrown) {
      setSaid("");
      if (thrown instanceof Problem) setProblem(`${thrown.message}. ${thrown.remedy}`);
      else if (thrown instanceof Away)
        setProblem("The service does not answer; nothing is known of what was asked. See the commits below.");
      else throw thrown;
      return false;
    } finally {
      diff.again();
      commits.again();
    }
  };
  const waiting = commits.data?.items.find(({ state }) => state === "waiting");
  return (
    <Page
      title="Changes"
      about="Edit the candidate, look at the difference, commit. With a time to confirm, the WAN goes back by itself."
      source={{
        cli: "srwan diff; srwan commit --confirmed 5m --why TEXT; srwan confirm",
        api: [
          "GET /api/v1/config/diff",
          "POST /api/v1/config/commit",
          "POST /api/v1/config/confirm",
          "POST /api/v1/config/rollback",
        ],
      }}
    >
      <p class="unseen" role="status">
        {said}
      </p>
      {problem === undefined ? null : (
        <p class="refused card" role="alert">
          {problem}
        </p>
      )}
      {waiting === undefined ? null : (
        <Waiting
          commit={waiting}
          mayChange={mayChange}
          onConfirm={() => void act("Confirmed.", () => call("POST", "/api/v1/config/confirm"))}
          onBack={() => void act("Taken back.", () => call("POST", "/api/v1/config/rollback", { back: 1 }))}
        />
      )}
      <div class="columns">
        <div class="stack">
          <Card title="Candidate">
            <Loaded of={diff}>
              {(shown) => (
                <Candidate
                  {...shown}
                  mayChange={mayChange}
                  isWaiting={waiting !== undefined}
                  onCommit={(why, confirmMs) =>
                    act("Committed.", () =>
                      call(
                        "POST",
                        "/api/v1/config/commit",
                        { why, ...(confirmMs === 0 ? {} : { confirmMs }) },
                        { etag: shown.etag },
                      ),
                    )
                  }
                  onDiscard={() =>
                    void act("The candidate is as what is in force.", () =>
                      call("POST", "/api/v1/config/rollback", { back: 0 }),
                    )
                  }
                />
              )}
            </Loaded>
          </Card>
          <Card title="Kept commits">
            <Loaded of={commits}>
              {({ items }) => (
                <Commits
                  items={items}
                  mayChange={mayChange}
                  onBack={(back, id) =>
                    void act(`Commit ${id} is in the candidate.`, () =>
                      call("POST", "/api/v1/config/rollback", { back }),
                    )
                  }
                />
              )}
            </Loaded>
          </Card>
        </div>
        <Card title="Edit the candidate">
          {mayChange ? (
            <Loaded of={diff}>
              {({ candidate, etag }) => (
                <PolicyForm
                  config={candidate.config}
                  pops={pops.data?.map(({ name }) => name) ?? []}
                  onPut={(policy) =>
                    act(`${policy.name} is in the candidate.`, () =>
                      call("PUT", `/api/v1/config/candidate/policies/${encodeURIComponent(policy.name)}`, policy, {
                        etag,
                      }),
                    )
                  }
                  onDelete={(name) =>
                    void act(`${name} is not in the candidate.`, () =>
                      call("DELETE", `/api/v1/config/candidate/policies/${encodeURIComponent(name)}`, undefined, {
                        etag,
                      }),
                    )
                  }
                  onDrain={(pop, why) =>
                    void act(`${pop} is drained in the candidate.`, () =>
                      why === undefined
                        ? call("DELETE", `/api/v1/config/candidate/maintenance/${encodeURIComponent(pop)}`, undefined, {
                            etag,
                          })
                        : call(
                            "PUT",
                            `/api/v1/config/candidate/maintenance/${encodeURIComponent(pop)}`,
                            { why },
                            { etag },
                          ),
                    )
                  }
                />
              )}
            </Loaded>
          ) : (
            <Empty title="This token may read only">
              Sign in with one of role engineer or operator: <code>srwan token create --role engineer --name ann</code>
            </Empty>
          )}
        </Card>
      </div>
    </Page>
  );
}

function Candidate({
  diff,
  mistakes,
  mayChange,
  isWaiting,
  onCommit,
  onDiscard,
}: {
  readonly diff: DiffView;
  readonly mistakes: Mistakes["mistakes"];
  readonly mayChange: boolean;
  readonly isWaiting: boolean;
  readonly onCommit: (why: string, confirmMs: number) => Promise<boolean>;
  readonly onDiscard: () => void;
}) {
  const [why, setWhy] = useState("");
  const [confirm, setConfirm] = useState<string>(TIMES[1][0]);
  if (diff.lines.length === 0) return <Empty title="No difference">The candidate is as what is in force.</Empty>;
  return (
    <>
      <Lines lines={diff.lines} />
      {mistakes.map(({ field, what, remedy }) => (
        <p key={field} class="refused">
          <code>{field}</code> {what}. {remedy}
        </p>
      ))}
      {mayChange ? (
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            void onCommit(why, Number(confirm)).then((done) => done && setWhy(""));
          }}
        >
          <label>
            Why
            <input
              value={why}
              maxLength={500}
              placeholder="for those who read it later"
              onInput={({ currentTarget: { value } }) => setWhy(value)}
            />
          </label>
          <label>
            Goes back, unless confirmed, after
            <select value={confirm} onChange={({ currentTarget: { value } }) => setConfirm(value)}>
              {TIMES.map(([value, text]) => (
                <option key={value} value={value}>
                  {text}
                </option>
              ))}
            </select>
          </label>
          <div class="buttons">
            <button type="submit" class="main" disabled={mistakes.length > 0 || isWaiting}>
              Commit
            </button>
            <button type="button" onClick={onDiscard}>
              Discard
            </button>
          </div>
          {isWaiting ? <p class="muted">A commit waits to be confirmed; the next one has to wait for it.</p> : null}
        </form>
      ) : null}
    </>
  );
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <div class="scroll">
      <pre class="diff">
        {lines.map((line) => (
          <span key={line} class={line.startsWith("+") ? "plus" : "minus"}>
            {line}
            {"\n"}
          </span>
        ))}
      </pre>
    </div>
  );
}
