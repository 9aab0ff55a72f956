// Where the page begins.

import { render } from "preact";
import { App } from "./app.tsx";
import { applyTheme, chosenTheme } from "./base/theme.ts";

applyTheme(chosenTheme());
const root = document.getElementById("app");
if (root !== null) {
  root.textContent = "";
  render(<App />, root);
}
