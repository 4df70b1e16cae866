// A button beside each address copies it. Without this script the buttons stay away, and a click
// on an address marks it whole.
"use strict";

const SHOWN = 2000;
const status = document.querySelector("[role=status]");

async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    // Without TLS, and from a disk, there is no such clipboard.
    getSelection().selectAllChildren(code);
    document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("button.copy")) {
  const label = button.textContent;
  const code = button.parentElement.querySelector("code");
  let timer;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await copy(code);
    clearTimeout(timer);
    button.textContent = button.dataset.copied;
    status.textContent = `${button.dataset.copied}: ${code.textContent}`;
    timer = setTimeout(() => {
      button.textContent = label;
      status.textContent = "";
    }, SHOWN);
  });
}
