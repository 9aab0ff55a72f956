// Who is there? A token, kept in this tab only.

import { useState } from "preact/hooks";

export function SignIn({
  refused,
  onToken,
}: {
  readonly refused: string | undefined;
  readonly onToken: (token: string) => void;
}) {
  const [token, setToken] = useState("");
  return (
    <main class="sign-in" id="main">
      <form
        class="card form"
        onSubmit={(event) => {
          event.preventDefault();
          onToken(token);
        }}
      >
        <h1>srwan</h1>
        <p class="muted">Sign in with a token of this service. It stays in this tab and goes when the tab is closed.</p>
        {refused === undefined ? null : (
          <p class="refused" role="alert">
            The last token was not taken: {refused}.
          </p>
        )}
        <label>
          Token
          <input
            type="password"
            required
            autoComplete="off"
            spellcheck={false}
            value={token}
            onInput={({ currentTarget: { value } }) => setToken(value)}
          />
        </label>
        <button type="submit" class="main">
          Sign in
        </button>
        <p class="muted">
          The first one is in the controller's folder: <code>operator.token</code>. For others:{" "}
          <code>srwan token create --role viewer --name ann</code>
        </p>
      </form>
    </main>
  );
}
