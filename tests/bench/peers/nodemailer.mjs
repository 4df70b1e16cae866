// Sends copies with nodemailer's pooled transport: node nodemailer.mjs SPECIMEN PORT MESSAGES
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";

const [file, port, messages] = process.argv.slice(2);
const specimen = JSON.parse(readFileSync(file, "utf8"));
const transport = nodemailer.createTransport({
  host: "127.0.0.1",
  port: Number(port),
  ignoreTLS: true,
  pool: true,
  maxConnections: specimen.connections,
  maxMessages: Infinity,
  dkim: { domainName: specimen.domain, keySelector: "rsa", privateKey: specimen.rsa },
});

let next = 0;
async function send() {
  while (next < Number(messages)) {
    const number = next++;
    const token = String(number).padStart(specimen.token.length, "0");
    const own = (text) => text.replaceAll(specimen.token, token);
    const to = `reader${number}@example.net`;
    const headers = Object.entries(specimen.headers);
    await transport.sendMail({
      envelope: { from: `bounces+${number}@${specimen.domain}`, to },
      from: specimen.from,
      to,
      subject: specimen.subject,
      // As they are: one long unsubscribe address must not be folded.
      headers: headers.map(([key, value]) => ({ key, value: { prepared: true, value: own(value) } })),
      // Of its three encodings the one it is fastest with.
      textEncoding: "base64",
      text: own(specimen.text),
      html: own(specimen.html),
    });
  }
}
// Two for each connection, so that one is always made while another is on its way.
await Promise.all(Array.from({ length: 2 * specimen.connections }, send));
transport.close();
