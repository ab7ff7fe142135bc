// Fills the page in from what the stack says of itself, and asks the HTTP API whether it is well.

function show(id, text) {
  document.getElementById(id).textContent = text;
}

async function main() {
  const config = await (await fetch("/config.json")).json();
  show("http-url", config.httpUrl);
  show("ws-url", config.wsUrl);
  show("user-pool", config.userPoolId);
  show("client", config.userPoolClientId);
  show("region", config.region);
  const health = await fetch(`${config.httpUrl}/health`);
  show("http-state", health.ok ? "answers" : `answers ${health.status}`);
}

main().catch((error) => show("http-state", `does not answer (${error.message})`));
