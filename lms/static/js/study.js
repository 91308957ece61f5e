// What was studied leaves the phone from here: kept first, sent when there is a signal, forgotten
// only when the server has said what became of it. Each event is one key of localStorage, so that
// two open pages never write over each other.
const place = document.querySelector("[data-study]");
const PREFIX = "study:";
const BATCH = 50;
const unkept = new Map();

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Plain http on a phone in the same network has no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function device() {
  try {
    const known = localStorage.getItem("device") ?? newId();
    localStorage.setItem("device", known);
    return known;
  } catch {
    return "";
  }
}

function keep(event) {
  try {
    localStorage.setItem(PREFIX + event.uuid, JSON.stringify(event));
  } catch {
    unkept.set(event.uuid, event);
  }
}

function forget(uuid) {
  unkept.delete(uuid);
  try { localStorage.removeItem(PREFIX + uuid); } catch { /* private window */ }
}

function waiting() {
  const events = [...unkept.values()];
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(PREFIX)) continue;
      try { events.push(JSON.parse(localStorage.getItem(key))); } catch { localStorage.removeItem(key); }
    }
  } catch { /* private window */ }
  // A borrowed phone: what another student watched is theirs and waits for them.
  return events.filter((event) => event?.student === place?.dataset.student)
    .sort((a, b) => a.started_at - b.started_at);
}

function showCount() {
  const box = document.querySelector("[data-unsent]");
  if (!box) return;
  const count = waiting().length;
  // What is on its way for a moment is nobody's worry.
  box.hidden = !count || (navigator.onLine && !failed);
  const figure = box.querySelector("[data-unsent-count]");
  if (figure) figure.textContent = count;
}

let sending = false;
let failed = false;

async function flush() {
  if (!place || sending) return;
  sending = true;
  try {
    for (let batch = waiting().slice(0, BATCH); batch.length; batch = waiting().slice(0, BATCH)) {
      const answer = await send(batch);
      if (!answer) { failed = true; break; }
      failed = false;
      for (const result of answer.results) forget(result.uuid);
      // An event without a readable name would be sent for ever.
      if (answer.results.some((result) => !result.uuid)) batch.forEach((event) => forget(event.uuid));
      document.dispatchEvent(new CustomEvent("study:counted", { detail: answer.units }));
    }
  } finally {
    sending = false;
    showCount();
  }
}

async function send(events) {
  try {
    const response = await fetch(place.dataset.url, {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "application/json", "X-CSRFToken": place.dataset.csrf },
      body: JSON.stringify({ device: device(), sent_at: Date.now(), events }),
    });
    // Signed out in between: the sign-in page comes instead, and the events stay.
    if (!response.ok || response.redirected) return null;
    return await response.json();
  } catch {
    return null;
  }
}

// Rings and words that stand for a unit follow what the server has counted.
document.addEventListener("study:counted", (event) => {
  for (const [unit, { share, done }] of Object.entries(event.detail)) {
    for (const box of document.querySelectorAll(`[data-counts="${CSS.escape(unit)}"]`)) {
      const percent = Math.floor(share * 100 + 1e-9);
      const ring = box.querySelector(".progress-ring");
      if (ring) draw(ring, percent);
      const figure = box.querySelector("[data-percent]");
      if (figure) figure.textContent = percent;
      box.querySelector("[data-done]")?.toggleAttribute("hidden", !done);
      box.querySelector("[data-going]")?.toggleAttribute("hidden", done);
    }
  }
});

function draw(ring, percent) {
  const svg = ring.querySelector("svg");
  let arc = ring.querySelector(".progress-ring__done");
  if (!arc) {
    arc = svg.querySelector(".progress-ring__track").cloneNode();
    arc.setAttribute("class", "progress-ring__done");
    arc.setAttribute("pathLength", "100");
    arc.setAttribute("stroke-linecap", "round");
    arc.setAttribute("transform", "rotate(-90 20 20)");
    svg.append(arc);
  }
  arc.setAttribute("stroke-dasharray", `${percent} 100`);
  ring.setAttribute("aria-label", ring.getAttribute("aria-label").replace(/\d+%$/, `${percent}%`));
  const figure = ring.querySelector(".progress-ring__figure");
  if (figure) figure.firstChild.textContent = percent;
}

document.addEventListener("study:watched", (event) => {
  if (!place?.dataset.student) return;
  keep({ ...event.detail, uuid: newId(), student: place.dataset.student });
  showCount();
  flush();
});

addEventListener("online", flush);
addEventListener("offline", showCount);
document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
addEventListener("pageshow", flush);
setInterval(() => { if (failed) flush(); }, 60000);
flush();
