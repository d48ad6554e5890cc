// Formats Lua by StyLua: node stylua.mjs LIBRARY SETTINGS [--write] FILE …
// Without --write it names what it would change, and fails.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [library, settings, ...rest] = process.argv.slice(2);
const files = rest.filter((argument) => argument !== "--write");
const isWriting = rest.length > files.length;
const stylua = await import(pathToFileURL(library));
const WORDS = {
  syntax: stylua.LuaVersion,
  line_endings: stylua.LineEndings,
  indent_type: stylua.IndentType,
  quote_style: stylua.QuoteStyle,
  call_parentheses: stylua.CallParenType,
};

function config() {
  const made = stylua.Config.new();
  for (const [name, value] of Object.entries(JSON.parse(settings))) {
    const known = name in WORDS ? WORDS[name][value] : value;
    if (!(name in made) || known === undefined) throw new Error(`stylua.toml: ${name} = ${value}`);
    made[name] = known;
  }
  return made;
}

let odd = 0;
for (const file of files) {
  const text = readFileSync(file, "utf8");
  let formatted;
  try {
    // It takes its settings over: each file needs its own.
    formatted = stylua.formatCode(text, config(), undefined, stylua.OutputVerification.Full);
  } catch (error) {
    console.error(`${file}: ${error}`);
    odd += 1;
    continue;
  }
  if (formatted === text) continue;
  if (isWriting) {
    writeFileSync(file, formatted);
  } else {
    console.log(`Would reformat: ${file}`);
    odd += 1;
  }
}
if (odd > 0) {
  if (!isWriting) console.log("make format does it");
  process.exitCode = 1;
}
