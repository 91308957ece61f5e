// Notes and questions beside the film. What was written is kept on the phone first and sent when there
// is a signal, once: each has a name of its own. Brought by player.js when it is first wanted.
const PREFIX = "remark:";
const box = document.querySelector("[data-remarks]");
const form = box.querySelector("form[data-writes]");
const list = box.querySelector("[data-list]");
const said = form.querySelector("[data-said]");
const words = form.elements.text;
const headers = { "X-Part": "1", "X-CSRFToken": document.querySelector("[data-study]").dataset.csrf };
let pinned = null;

// ---- where in the film

function now() {
  const player = document.querySelector("[data-player][data-open]");
  const film = player && [...player.querySelectorAll("video, audio")].find((one) => !one.hidden && one.currentTime > 0);
  return film ? { unit: player.dataset.unit, at_s: Math.floor(film.currentTime) } : null;
}

function pin() {
  // The second at which the thought came, not the one at which it was written out.
  pinned = now();
  const note = form.querySelector("[data-pinned]");
  note.hidden = !pinned;
  if (pinned) note.querySelector("[data-second]").textContent = `${Math.floor(pinned.at_s / 60)}:${String(pinned.at_s % 60).padStart(2, "0")}`;
}

words.addEventListener("focus", () => { if (!words.value) pin(); });
words.addEventListener("input", () => { if (words.value.length === 1) pin(); });

// ---- kept, sent, forgotten

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const unkept = new Map();

function keep(remark) {
  try { localStorage.setItem(PREFIX + remark.fields.uuid, JSON.stringify(remark)); }
  catch { unkept.set(remark.fields.uuid, remark); }
}

function forget(uuid) {
  unkept.delete(uuid);
  try { localStorage.removeItem(PREFIX + uuid); } catch { /* private window */ }
}

function waiting() {
  const found = [...unkept.values()];
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX)) found.push(JSON.parse(localStorage.getItem(key)));
    }
  } catch { /* private window */ }
  // A borrowed phone: another student's words wait for that student.
  return found.filter((remark) => remark.student === form.dataset.writes);
}

function say(text) {
  said.textContent = text;
  said.hidden = !text;
}

// A line that only seems to be there comes back without a word: nobody says "online".
const PAUSES_S = [5, 15, 60, 300];
let sending = false;
let failed = 0;
let again = 0;

async function flush() {
  if (sending) return;
  sending = true;
  clearTimeout(again);
  try {
    const remarks = waiting();
    for (const remark of remarks) {
      const answer = await send(remark);
      if (!answer) {
        say(said.dataset.waits);
        again = setTimeout(flush, PAUSES_S[Math.min(failed, PAUSES_S.length - 1)] * 1000 * (0.75 + Math.random() / 2));
        failed += 1;
        return;
      }
      failed = 0;
      forget(remark.fields.uuid);
      if (answer.error) {
        // It comes back into the box, so that it can be mended.
        if (!words.value) words.value = remark.fields.text;
        say(answer.error);
        return;
      }
      say(remark.fields.kind === "note" ? said.dataset.noted : said.dataset.asked);
    }
    if (remarks.length) show();
  } finally {
    sending = false;
  }
}

async function send(remark) {
  try {
    const body = new URLSearchParams(remark.fields);
    const response = await fetch(remark.url, { method: "POST", headers, body });
    const known = response.headers.get("Content-Type")?.startsWith("application/json");
    // Signed out in between, or the server is ill: the words stay.
    if (response.redirected || !known || response.status >= 500) return null;
    return await response.json();
  } catch {
    return null;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = { kind: event.submitter?.value ?? "note", text: words.value, uuid: newId(), ...(pinned ?? {}) };
  keep({ student: form.dataset.writes, url: form.action, fields });
  words.value = "";
  pinned = null;
  form.querySelector("[data-pinned]").hidden = true;
  flush();
});

addEventListener("online", flush);
document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });

// ---- what is there already

async function show() {
  try {
    const response = await fetch(form.action, { headers: { "X-Part": "1" } });
    if (response.ok && !response.redirected) list.innerHTML = await response.text();
  } catch { /* no signal: the link to the list stays */ }
}

list.addEventListener("click", (event) => {
  const link = event.target.closest("[data-goes]");
  if (!link) return;
  event.preventDefault();
  document.dispatchEvent(new CustomEvent("player:go", { detail: { unit: link.dataset.goes, at: Number(link.dataset.at), plays: true } }));
});

list.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = new URLSearchParams(new FormData(event.target));
  try { await fetch(event.target.action, { method: "POST", headers, body, redirect: "manual" }); } catch { say(said.dataset.waits); }
  show();
});

box.addEventListener("toggle", () => { if (box.open) show(); });
if (box.open) show();
flush();
