// Scans made without a signal wait on this phone under their student's name, and are forgotten only when the
// server has said what became of each. Sent twice counts once.
const place = document.querySelector("[data-scan]");
const part = (name) => place.querySelector(`[data-${name}]`);
const say = place.dataset;
const KEY = `scans:${say.user}`;
const camera = part("camera");

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function waiting() {
  try { return JSON.parse(localStorage.getItem(KEY)) ?? []; } catch { return []; }
}

function keep(scans) {
  localStorage.setItem(KEY, JSON.stringify(scans));
  part("waiting").hidden = !scans.length;
  part("count").textContent = scans.length;
}

function tell(words, good = true) {
  const line = part("says");
  line.className = `notice notice--${good ? "good" : "warn"}`;
  line.textContent = words;
  line.hidden = false;
}

async function send() {
  const scans = waiting().slice(0, 20);
  if (!scans.length) return;
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? place.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  let answer;
  try {
    answer = await fetch(say.send, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ sent_at: Date.now(), scans }),
    });
  } catch { return; } // still no signal
  if (!answer.ok || answer.redirected) return;
  const { results } = await answer.json();
  const answered = new Set(results.map((result) => result.uuid));
  keep(waiting().filter((scan) => !answered.has(scan.uuid)));
  for (const result of results) tell(result.says, result.ok);
}

function seen(text) {
  const token = text.match(/\/m\/([\w=-]{40})\/?$/)?.[1];
  if (!token) return tell(say.sayOther, false);
  const scans = waiting();
  if (scans.some((scan) => scan.token === token)) return;
  try {
    keep([...scans, { uuid: newId(), token, at: Date.now() }]);
  } catch { return tell(say.sayFull, false); }
  tell(say.sayKept);
  send();
}

place.querySelector("button").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  try {
    const { Eye } = await import(say.eye);
    const eye = new Eye(camera, say.decoder);
    eye.seen = seen;
    camera.hidden = false;
    await eye.start();
    button.hidden = true;
  } catch {
    camera.hidden = true;
    tell(say.sayDenied, false);
  }
});

addEventListener("online", send);
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") send(); });
keep(waiting());
send();
