// Prints which of the given scripts do not parse as ES2021 modules. Run with --expose-internals: the parser is Node's own.
const { readFileSync } = require("node:fs");
const acorn = require("internal/deps/acorn/acorn/dist/acorn");

for (const path of process.argv.slice(2)) {
  try {
    acorn.parse(readFileSync(path, "utf8"), { ecmaVersion: 2021, sourceType: "module" });
  } catch (error) {
    console.log(`${path}: ${error.message}`);
  }
}
