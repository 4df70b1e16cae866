// Answers one question a line: {"kind": "mjml" | "mail" | "page", "source": "…"} → ["fault", …].
import { createInterface } from "node:readline";
import { HtmlValidate } from "html-validate";
import mjml from "mjml";

const both = {
  "no-trailing-whitespace": "off", // a digest's code keeps its spaces
  "long-title": "off", // a paper's title is as long as it is: bookmarks and searches want all of it
};
// What MJML writes for Outlook and for mail programs that know no style sheet.
const forMail = {
  ...both,
  "doctype-style": "off", // MJML writes it small
  "no-conditional-comment": "off", // Outlook's tables stand in them
  "no-deprecated-attr": "off", // Outlook's width, align and cellpadding; Gmail's <a name>
  "no-inline-style": "off", // where <style> is dropped nothing else is left
  "prefer-native-element": ["error", { exclude: ["article"] }], // MJML's body is a <div role>
};

function validator(rules) {
  return new HtmlValidate({ root: true, extends: ["html-validate:recommended"], rules });
}

async function html(rules, source) {
  const { results } = await rules.validateString(source);
  return results.flatMap(({ messages }) =>
    messages.map((each) => `${each.line}:${each.column}: ${each.message} [${each.ruleId}]`),
  );
}

const mail = validator(forMail);
const page = validator(both);
const judges = {
  mail: (source) => html(mail, source),
  page: (source) => html(page, source),
  mjml: (source) =>
    mjml(source, { validationLevel: "soft" }).errors.map((each) => each.formattedMessage),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { kind, source } = JSON.parse(line);
  console.log(JSON.stringify(await judges[kind](source)));
}
