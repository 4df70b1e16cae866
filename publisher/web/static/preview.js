// Load the page again when a digest, a template or a setting has changed.
new EventSource("/changes").addEventListener("changed", () => location.reload());
