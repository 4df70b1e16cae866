// Prints MJML's tables, for publisher/render/mjml/schema.json: `make mjml-schema` writes that.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { components, dependencies } = require("mjml-preset-core");
const colors = require("mjml-core/lib/types/helpers/colors.js");

function children(name) {
  // mj-attributes may hold anything, which is an expression there.
  return (dependencies[name] ?? []).filter((each) => typeof each === "string").sort();
}

const tables = { mjml: { ending: false, attributes: {}, children: children("mjml") } };
for (const { componentName: name, endingTag, allowedAttributes } of components) {
  tables[name] = {
    ending: Boolean(endingTag), // its content is passed on as it stands
    attributes: allowedAttributes ?? {},
    children: children(name),
  };
}
console.log(
  JSON.stringify({ mjml: require("mjml/package.json").version, components: tables, colors }, null, 1),
);
