// What was studied leaves the phone from here: noted first, sent when there is a signal, forgotten only
// when the server has said what became of it. The queue itself comes after the page is painted.
const place = document.querySelector("[data-study]");
const chip = document.querySelector("[data-unsent]");
const PREFIX = "study:";
const PAUSES_S = [5, 15, 60, 300];
const ANSWERS_MS = 1500;
const student = place?.dataset.student;

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Plain http on a phone in the same network has no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function recall(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

function remember(name, value) {
  try { localStorage.setItem(name, value); } catch { /* private window */ }
}

function device() {
  const known = recall("device") ?? newId();
  remember("device", known);
  return known;
}

// ---------------------------------------------------------------- the queue

let loading = null;
let tries = 0;

function queue() {
  // A browser may remember that an address failed: another fragment is another try.
  loading ??= import(`${place.dataset.queue}${tries ? `#${tries}` : ""}`).then(() => self.studyQueue)
    .catch((error) => { loading = null; tries += 1; throw error; });
  return loading;
}

// What was jotted down and has not met the queue yet, which may be behind the line that is gone.
function jotted() {
  let count = 0;
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) && JSON.parse(localStorage.getItem(key)).student === student) count += 1;
    }
  } catch { /* private window */ }
  return count;
}

// The two words of every record; the rest is what happened.
const named = (what, uuid = newId()) => ({ ...what, uuid, student, at: what.started_at ?? Date.now() });

function note(what, uuid) {
  const record = named(what, uuid);
  // Before anything is loaded or awaited: the page may be on its way out.
  try { localStorage.setItem(PREFIX + record.uuid, JSON.stringify(record)); } catch { queue().then((own) => own.jot(record)); }
  const sent = leaving || document.hidden ? hurry(record) : null;
  queue().then((own) => own.settle()).then((safe) => chip?.toggleAttribute("data-page-only", !safe)).catch(() => {})
    .then(() => sent).finally(flush);
}

// A page that is left finishes nothing it would have to wait for: what it has just noted goes at once, so that
// the next phone knows where to go on. The record stays until its answer is read, here or by the next page;
// sent twice it counts once.
let leaving = false;
addEventListener("pagehide", () => { leaving = true; }, true);
addEventListener("pageshow", () => { leaving = false; });

async function hurry(record) {
  try {
    const response = await fetch(place.dataset.url, {
      method: "POST",
      keepalive: true,
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": place.dataset.csrf },
      body: JSON.stringify({ device: device(), student, sent_at: Date.now(), events: [record] }),
    });
    if (!response.ok || response.redirected) return;
    const answer = await response.json();
    // What is refused goes the usual way, which shows it.
    if (answer.results.some((one) => one.never)) return;
    await (await queue()).forget([record.uuid]);
    document.dispatchEvent(new CustomEvent("study:counted", { detail: answer.units }));
  } catch { /* it lies on the phone */ }
}

// ---- the stretch that plays now: kept as it grows, under the name it will have, as long as this page lives

const plays = new Map();

function watching(detail) {
  if (!plays.has(detail.unit)) {
    const open = { uuid: newId() };
    const ends = new Promise((resolve) => { open.close = resolve; });
    plays.set(detail.unit, open);
    // As long as the lock is held nobody takes the stretch for one that a dead page left.
    navigator.locks?.request(`open:${open.uuid}`, () => ends).catch(() => {});
  }
  const record = named({ ...detail, kind: "watched" }, plays.get(detail.unit).uuid);
  queue().then((own) => plays.get(detail.unit)?.uuid === record.uuid && own.keepOpen(record)).catch(() => {});
}

function watched(detail) {
  const open = plays.get(detail.unit);
  plays.delete(detail.unit);
  note({ ...detail, kind: "watched" }, open?.uuid);
  open?.close();
}

// What a page had open that died: it joins the queue, and the player learns where it was.
let adopted = false;

async function adopt(own) {
  if (adopted) return;
  adopted = true;
  for (const record of await own.adopt(student)) {
    document.dispatchEvent(new CustomEvent("study:left", { detail: { unit: record.unit, at: record.to, when: record.stopped_at } }));
  }
}

let failed = 0;
let again = 0;

async function flush() {
  if (!student) return;
  clearTimeout(again);
  let result;
  try {
    const own = await queue();
    const who = { student, url: place.dataset.url, csrf: place.dataset.csrf, device: device() };
    await own.introduce(who);
    await adopt(own);
    result = await own.flush(who, (answer) => {
      document.dispatchEvent(new CustomEvent("study:counted", { detail: answer.units }));
      for (const one of answer.results) document.dispatchEvent(new CustomEvent("study:handed-back", { detail: one }));
    });
  } catch {
    result = { later: "line" };
  }
  failed = result.later ? failed + 1 : 0;
  if (result.later) {
    // A hall full of phones comes back from a break at once: each waits a little differently.
    const pause = result.afterS || PAUSES_S[Math.min(failed, PAUSES_S.length) - 1] * (0.75 + Math.random() / 2);
    again = setTimeout(flush, pause * 1000);
    // Where the browser can, it sends even after the page is closed.
    navigator.serviceWorker?.ready.then((worker) => worker.sync?.register("study-records")).catch(() => {});
  }
  await show();
}

// ---------------------------------------------------------------- the chip

async function show() {
  if (!chip) return;
  const own = await queue().catch(() => null);
  const count = own ? await own.count(student) : jotted();
  const bad = own ? await own.refused(student) : [];
  remember(`unsent:${student}`, count);
  if (!count) chip.removeAttribute("data-page-only");
  // What is on its way for a moment is nobody's worry.
  const worth = count && (!navigator.onLine || failed);
  chip.hidden = !worth && !bad.length && !chip.hasAttribute("data-page-only");
  fill("unsent-count", worth ? count : 0);
  part("some").hidden = !worth;
  part("none").hidden = Boolean(worth);
  part("waits").hidden = !worth;
  part("refused").hidden = !bad.length;
  const list = part("refused-list");
  list.replaceChildren(...bad.map((record) => {
    const line = document.createElement("li");
    const when = new Date(record.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    line.textContent = [when, record.reason].filter(Boolean).join(" · ");
    return line;
  }));
}

const part = (name) => chip.querySelector(`[data-${name}]`);

function fill(name, text) {
  for (const box of chip.querySelectorAll(`[data-${name}]`)) box.textContent = text;
}

chip?.addEventListener("click", async (event) => {
  if (event.target.closest("[data-send-now]")) { failed = 0; await flush(); }
  if (event.target.closest("[data-seen]")) {
    const own = await queue();
    await own.forget((await own.refused(student)).map((record) => record.uuid));
    await show();
  }
});

// ---------------------------------------------------------------- what the server has counted

// Rings and words that stand for a unit follow it.
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

// ---------------------------------------------------------------- what happens on the page

// Which word stands in the place of the button. What has been counted waits no more.
function turn(form, word) {
  const [waits, done] = ["waits", "done"].map((name) => form.parentElement.querySelector(`[data-read-${name}]`));
  if (word === "waits" && !done.hidden) return;
  form.hidden = true;
  waits.hidden = word !== "waits";
  done.hidden = word !== "done";
}

if (student) {
  document.addEventListener("study:watching", (event) => watching(event.detail));
  document.addEventListener("study:watched", (event) => watched(event.detail));
  document.addEventListener("study:handed-in", (event) => note({ ...event.detail, kind: "quiz" }));
  // "I have read it" is noted like everything else: a form that is sent behind a line which only seems to be
  // there ends on a page that knows nothing of it.
  document.addEventListener("submit", (event) => {
    const { reads } = event.target.dataset;
    if (!reads) return;
    event.preventDefault();
    for (const button of event.target.querySelectorAll("button")) button.disabled = true;
    note({ kind: "read", unit: reads });
    setTimeout(() => turn(event.target, "waits"), navigator.onLine ? ANSWERS_MS : 0);
  });
  document.addEventListener("study:counted", ({ detail }) => {
    for (const form of document.querySelectorAll("[data-reads]")) if (detail[form.dataset.reads]?.done) turn(form, "done");
  });
  addEventListener("online", () => { failed = 0; flush(); });
  addEventListener("offline", show);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
  addEventListener("pageshow", (event) => { if (event.persisted) flush(); });
  // The chip of last time stands at once, so that nothing jumps; the truth follows when the page is painted.
  if (chip && Number(recall(`unsent:${student}`))) { fill("unsent-count", recall(`unsent:${student}`)); part("none").hidden = true; chip.hidden = false; }
  // A phone that never kept anything has nothing to send: its first page is spared the queue.
  // Where a film waits for a tap, what died with the last page must be known before it comes.
  const begin = () => {
    if (!recall("device")) return;
    if (document.querySelector("[data-player]")) queue().then(adopt).catch(() => {});
    (self.requestIdleCallback ?? setTimeout)(flush);
  };
  if (document.readyState === "complete") begin();
  else addEventListener("load", begin, { once: true });
}
