// The shell: where to go, whether what is shown is live, a commit that waits, light or dark; and the view of the address.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Away, get, Problem } from "./base/api.ts";
import { useCommits } from "./base/commits.ts";
import { clock, span } from "./base/format.ts";
import { live } from "./base/live.ts";
import { useNow, useTold } from "./base/query.ts";
import { linkTo, type Route, useRoute } from "./base/route.ts";
import { session } from "./base/session.ts";
import { applyTheme, chosenTheme, type Theme } from "./base/theme.ts";
import type { CallerView } from "./base/types.ts";
import { Empty } from "./parts/states.tsx";
import { ChangesPage } from "./views/changes.tsx";
import { CoveragePage } from "./views/coverage.tsx";
import { EventsPage } from "./views/events.tsx";
import { HealthPage } from "./views/health.tsx";
import { MapPage } from "./views/map.tsx";
import { MarketPage } from "./views/market.tsx";
import { MatrixPage } from "./views/matrix.tsx";
import { Overview } from "./views/overview.tsx";
import { PoliciesPage } from "./views/policies.tsx";
import { PolicyPage } from "./views/policy.tsx";
import { PopPage } from "./views/pop.tsx";
import { PopsPage } from "./views/pops.tsx";
import { SignIn } from "./views/sign-in.tsx";
import { TicketsPage } from "./views/tickets.tsx";

const VIEWS = [
  ["", "Overview"],
  ["matrix", "Matrix"],
  ["map", "Map"],
  ["policies", "Policies"],
  ["pops", "POPs"],
  ["market", "Market"],
  ["tickets", "Tickets"],
  ["changes", "Changes"],
  ["coverage", "Coverage"],
  ["health", "Health"],
  ["events", "Events"],
] as const;

const listenSession = (tell: () => void) => session.listen(tell);
const listenLive = (tell: () => void) => live.on("state", tell);

export function App() {
  useTold(listenSession);
  const { token } = session;
  useEffect(() => {
    if (token === undefined) return live.stop();
    live.start();
    return () => live.stop();
  }, [token]);
  if (token === undefined) return <SignIn refused={session.refused} onToken={(given) => session.signIn(given)} />;
  return <SignedIn key={token} />;
}

function SignedIn() {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const [isKnown, setKnown] = useState(session.caller !== undefined);
  useCaller(() => setKnown(true));
  const place = `${route.view}/${route.name ?? ""}`;
  const before = useRef(place);
  useEffect(() => {
    const name = VIEWS.find(([view]) => view === route.view)?.[1] ?? "srwan";
    document.title = `${route.name ?? name} · srwan`;
    if (before.current === place) return;
    before.current = place;
    scrollTo(0, 0);
    main.current?.focus();
  }, [place]);
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        To the content
      </button>
      <Side route={route} />
      <div class="body">
        <StaleBar />
        <main id="main" ref={main} tabIndex={-1}>
          {isKnown ? viewOf(route) : <p class="reading">Reading …</p>}
        </main>
      </div>
    </div>
  );
}

/** Who signed in, asked until the service answers: what may be done depends on it. */
function useCaller(known: () => void): void {
  useEffect(() => {
    const abort = new AbortController();
    const ask = async () => {
      while (!abort.signal.aborted && session.caller === undefined) {
        try {
          session.known(await get<CallerView>("/api/v1/caller", abort.signal));
          known();
        } catch (thrown) {
          if (!(thrown instanceof Away) && !(thrown instanceof Problem)) return;
          await new Promise((resolve) => setTimeout(resolve, 1_000));
        }
      }
    };
    void ask();
    return () => abort.abort();
  }, []);
}

function viewOf({ view, name }: Route): ComponentChildren {
  switch (view) {
    case "":
      return <Overview />;
    case "matrix":
      return <MatrixPage />;
    case "map":
      return <MapPage />;
    case "policies":
      return name === undefined ? <PoliciesPage /> : <PolicyPage key={name} name={name} />;
    case "pops":
      return name === undefined ? <PopsPage /> : <PopPage key={name} name={name} />;
    case "market":
      return <MarketPage />;
    case "tickets":
      return <TicketsPage />;
    case "changes":
      return <ChangesPage />;
    case "coverage":
      return <CoveragePage />;
    case "health":
      return <HealthPage />;
    case "events":
      return <EventsPage />;
    default:
      return (
        <Empty title={`There is no page “${view}”`}>
          <a href={linkTo("")}>To the overview</a>
        </Empty>
      );
  }
}

function Side({ route }: { readonly route: Route }) {
  return (
    <header class="side">
      <div class="brand">
        <a href={linkTo("")} class="wordmark">
          srwan
        </a>
        <LiveMark />
      </div>
      <nav aria-label="Views">
        <ul>
          {VIEWS.map(([view, name]) => (
            <li key={view}>
              <a href={linkTo(view)} {...(view === route.view ? { "aria-current": "page" as const } : {})}>
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="side-end">
        <CommitMark />
        <ThemeChoice />
        <p class="caller">
          {session.caller === undefined ? "" : `${session.caller.name}, ${session.caller.role}`}{" "}
          <button type="button" class="link" onClick={() => session.signOut()}>
            Sign out
          </button>
        </p>
      </div>
    </header>
  );
}

function LiveMark() {
  useTold(listenLive);
  const isLive = live.staleSinceMs === undefined && live.connections > 0;
  return (
    <span class={isLive ? "live on" : "live"}>{isLive ? "live" : live.connections === 0 ? "connecting" : "stale"}</span>
  );
}

function StaleBar() {
  useTold(listenLive);
  const now = useNow();
  const { staleSinceMs } = live;
  useEffect(() => {
    document.body.classList.toggle("is-stale", staleSinceMs !== undefined);
  }, [staleSinceMs]);
  return (
    <div role="status">
      {staleSinceMs === undefined ? null : (
        <p class="stale-bar">
          <strong>Stale since {clock(staleSinceMs)}</strong> ({span(now - staleSinceMs)}): the controller does not
          answer. POPs go on with what they hold. Trying again.
        </p>
      )}
    </div>
  );
}

function CommitMark() {
  const commits = useCommits();
  const now = useNow();
  const waiting = commits.data?.items.find(({ state }) => state === "waiting");
  if (waiting?.confirmByMs === undefined || waiting.confirmByMs === null) return null;
  return (
    <a class="commit-mark" href={linkTo("changes")}>
      Commit #{waiting.id} goes back in {span(waiting.confirmByMs - now)}
    </a>
  );
}

const THEMES: readonly (readonly [Theme, string])[] = [
  ["system", "Auto"],
  ["light", "Light"],
  ["dark", "Dark"],
];

function ThemeChoice() {
  const [theme, setTheme] = useState(chosenTheme());
  return (
    <fieldset class="ranges">
      <legend class="unseen">Theme</legend>
      {THEMES.map(([value, name]) => (
        <button
          key={value}
          type="button"
          aria-pressed={theme === value}
          onClick={() => {
            applyTheme(value);
            setTheme(value);
          }}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
