// Scans made without a signal wait on this phone under their student's name, and are forgotten only when the
// server has said what became of each. Sent twice counts once.
const place = document.querySelector("[data-scan]");
const part = (name) => place.querySelector(`[data-${name}]`);
const say = place.dataset;
const KEY = `scans:${say.user}`;
const PATIENCE_MS = 8000;
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
  const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] ?? place.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
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

const known = new Set();

function seen(text) {
  const token = text.match(/\/m\/([\w=-]{40})\/?$/)?.[1];
  if (!token) return tell(say.sayOther, false);
  // The camera goes on looking at a code that was sent and answered long ago.
  if (known.has(token)) return;
  known.add(token);
  const scans = waiting();
  if (scans.some((scan) => scan.token === token)) return;
  try {
    keep([...scans, { uuid: newId(), token, at: Date.now() }]);
  } catch { return tell(say.sayFull, false); }
  tell(say.sayKept);
  send();
}

let made = null;
function eyeReady() {
  made ??= import(say.eye).then(async ({ Eye }) => {
    const eye = new Eye(camera, say.decoder);
    eye.seen = seen;
    await eye.prepare();
    return eye;
  }).catch((error) => { made = null; throw error; });
  return made;
}

place.querySelector("button").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  try {
    const eye = await eyeReady();
    camera.hidden = false;
    await eye.start();
    button.hidden = true;
  } catch {
    camera.hidden = true;
    tell(say.sayDenied, false);
  }
});

// What reads the code is fetched before the tap, as there may be no signal at the door: by the worker that keeps
// this page, behind it, and where there is none by the page itself.
async function fetchEarly() {
  const parts = "BarcodeDetector" in self ? [say.eye] : [say.eye, say.decoder];
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  const registered = await Promise.race([navigator.serviceWorker?.ready ?? null, patience]);
  if (!registered) return eyeReady();
  registered.active.postMessage({ parts: parts.map((address) => new URL(address, location).href), also: [] });
}

addEventListener("online", send);
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") send(); });
keep(waiting());
send();
fetchEarly().catch(() => { /* the tap tries again */ });
