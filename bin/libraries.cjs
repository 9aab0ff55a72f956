// Libraries of hundreds of files are read as one each, where scripts/libraries.ts made such files: in a clone `make setup`
// does, for what is shipped `make dist`. Plain JavaScript, for the launcher is.

const { existsSync, readdirSync } = require("node:fs");
const { registerHooks } = require("node:module");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

const home = join(__dirname, "..");
const folder = [join(home, "libraries"), join(home, "node_modules", ".libraries")].find(existsSync);
if (folder) {
  const urls = new Map(readdirSync(folder).map((name) => [name, pathToFileURL(join(folder, name)).href]));
  registerHooks({
    resolve(specifier, context, next) {
      const url = urls.get(`${specifier.replaceAll("/", "-")}.mjs`);
      return url ? { url, format: "module", shortCircuit: true } : next(specifier, context);
    },
  });
}
