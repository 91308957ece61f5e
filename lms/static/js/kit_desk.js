// The hand-out desk: a letter is held up, the whole screen says what to do, and waits for a hand.
const place = document.querySelector("[data-kit]");
const say = place.dataset;
const part = (name) => place.querySelector(`[data-${name}]`);
const [{ Store }, { Eye }] = await Promise.all([import(say.store), import(say.eye)]);

const store = new Store({ list: say.list, send: say.send, user: say.user, cohort: say.cohort });
const eye = new Eye(part("camera"), say.decoder);
// With a network the server decides; longer than this nobody at a desk waits for it.
const PATIENCE = 2500;
const pending = new Map();
let busy = false;
let last = null;
let ready = false;
const toTell = [];

// ---------------------------------------------------------------- who is it

function codeOf(text) {
  const inUrl = text.match(/\/(?:V|verify)\/([0-9A-Z]{20})(?:\/|$)/i);
  const plain = text.replace(/[\s-]/g, "").toUpperCase();
  if (inUrl) return inUrl[1].toUpperCase();
  return /^[0-9A-Z]{20}$/.test(plain) ? plain.replace(/[IL]/g, "1").replace(/O/g, "0").replace(/U/g, "V") : "";
}

async function hashed(code) {
  if (!crypto.subtle) return "";
  const bytes = new TextEncoder().encode(store.listed.salt + code);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function known(text) {
  if (!store.listed) return null;
  const code = codeOf(text);
  const hash = code ? await hashed(code) : "";
  if (hash && store.listed.others[hash]) return { state: "other", cohort: store.listed.others[hash] };
  if (code) return store.listed.people.find((each) => each.hash === hash) ?? null;
  const typed = text.trim().toUpperCase();
  const number = /^\d{1,6}$/.test(typed) ? Number(typed) : 0;
  const fits = store.listed.people.filter((each) =>
    number ? each.ordinal === number : each.student_no.toUpperCase() === typed);
  return fits.find((each) => each.state !== "revoked") ?? fits[0] ?? null;
}

function given(person) {
  const waiting = pending.get(person.student_no);
  if (waiting) return { at: new Date(waiting.at).toISOString(), by: say.sayHere };
  return person.at ? { at: person.at, by: person.by } : null;
}

// ---------------------------------------------------------------- one scan

async function decide(text, how) {
  if (busy || !ready || part("verdict").open) return;
  busy = true;
  place.setAttribute("aria-busy", "true");
  try {
    show(await verdictOf(text, how));
  } finally {
    busy = false;
    place.removeAttribute("aria-busy");
    await count();
  }
}

async function verdictOf(text, how) {
  if (how === "scan" && !codeOf(text)) return { word: "foreign" };
  const person = await known(text);
  const who = person?.letter ? { letter: person.letter } : { typed: codeOf(text) || text };
  const event = store.event("hand", { ...who, how, undecided: true });
  await store.keep(event);
  const answer = navigator.onLine === false ? null : await store.send([event], PATIENCE);
  if (answer) {
    await store.forget(event);
    store.counts = answer;
    return settled(answer.results[0], event, person);
  }
  return alone(event, person);
}

function settled(result, event, person) {
  if (result.word === "handed") {
    last = { uuid: event.uuid, name: result.name, student_no: result.student_no };
    if (person) Object.assign(person, { at: new Date().toISOString(), by: say.sayHere });
  }
  return result;
}

// The phone decides by its list. What it does not give away must not stand if the server heard of it.
async function alone(event, person) {
  const before = person && !person.state ? given(person) : null;
  if (!person || person.state || before) {
    await store.decide(event, "undo");
    if (!person) return { word: "unknown", alone: true };
    return { ...person, ...before, word: person.state || "already", alone: true };
  }
  await store.decide(event);
  pending.set(person.student_no, event);
  last = { uuid: event.uuid, name: person.name, student_no: person.student_no };
  return { ...person, word: "handed", at: "", by: "", alone: true };
}

async function undoLast() {
  if (!last) return;
  const { uuid, student_no: number } = last;
  last = null;
  await store.keep({ ...store.event("undo"), uuid, offline: true });
  pending.delete(number);
  for (const each of store.listed?.people ?? []) {
    if (each.student_no === number) Object.assign(each, { at: "", by: "" });
  }
  await count();
  sync();
}

// ---------------------------------------------------------------- what the screen says

const TONES = { handed: "good", already: "warn" };
const BUZZ = { good: [60], warn: [80, 80, 80], danger: [300, 100, 300] };

function clock(at) {
  const when = new Date(at);
  const parts = { hour: "2-digit", minute: "2-digit", hour12: false };
  if (when.toDateString() !== new Date().toDateString()) Object.assign(parts, { month: "numeric", day: "numeric" });
  return new Intl.DateTimeFormat(document.documentElement.lang || "zh-CN", parts).format(when);
}

function fill(text, facts) {
  return text.replace(/\{(\w+)\}/g, (_whole, name) => facts[name] ?? "");
}

function show(verdict) {
  const tone = TONES[verdict.word] ?? "danger";
  const box = part("verdict");
  box.className = `kit__verdict screen screen--${tone}`;
  box.dataset.verdict = verdict.word;
  for (const icon of box.querySelectorAll("[data-sign]")) icon.toggleAttribute("hidden", icon.dataset.sign !== tone);
  const words = place.querySelector(`template[data-words="${sentence(verdict)}"]`).content;
  const facts = { ...verdict, time: verdict.at ? clock(verdict.at) : "" };
  part("title").textContent = words.querySelector("b").textContent;
  part("text").textContent = fill(words.querySelector("p").textContent, facts);
  part("name").textContent = verdict.name ?? "";
  part("facts").textContent = [verdict.student_no, verdict.programme].filter(Boolean).join(" · ");
  const things = verdict.word === "handed" ? (verdict.things ?? []) : [];
  part("things").replaceChildren(...things.map((thing) => Object.assign(document.createElement("li"), { textContent: thing })));
  part("things").hidden = !things.length;
  part("alone").hidden = !verdict.alone;
  part("takes-back").hidden = verdict.word !== "handed";
  part("goes-on").textContent = verdict.word === "handed" ? say.sayGiven : say.sayNext;
  navigator.vibrate?.(BUZZ[tone]);
  box.showModal();
}

function sentence({ word, double, replaced, alone: isAlone }) {
  if (word === "already" && double) return "double";
  if (word === "revoked" && replaced) return "replaced";
  return word === "unknown" && isAlone ? "unlisted" : word;
}

part("verdict").addEventListener("cancel", (event) => event.preventDefault());
part("goes-on").addEventListener("click", next);
part("takes-back").addEventListener("click", async () => { await undoLast(); next(); });
part("undoes").addEventListener("click", undoLast);

function next() {
  part("verdict").close();
  const told = toTell.shift();
  if (told) show(told);
  else part("typed").querySelector("input").value = "";
  count();
}

async function count() {
  const waiting = (await store.queue()).filter((event) => !event.undecided);
  const unsent = waiting.filter((event) => !event.idle).length;
  const counts = store.counts ?? store.listed;
  if (counts) {
    // A hand-out that waits counts here, and one taken back counts no more, before the server knows.
    const own = waiting.filter((event) => !event.idle && event.cohort === store.cohort);
    const fresh = own.reduce((sum, event) => sum + (event.kind === "hand" ? 1 : -1), 0);
    const handed = Math.max(0, Math.min(counts.handed + fresh, counts.total));
    part("handed").textContent = handed;
    part("total").textContent = counts.total;
    part("bar").setAttribute("width", `${counts.total ? (100 * handed) / counts.total : 0}%`);
  }
  const state = store.signedOut ? "out" : unsent || !store.reached ? "alone" : "fine";
  for (const line of place.querySelectorAll("[data-state]")) line.hidden = line.dataset.state !== state;
  for (const figure of place.querySelectorAll("[data-waiting]")) figure.textContent = unsent;
  for (const when of place.querySelectorAll("[data-fetched]")) {
    when.textContent = store.listed?.fetched ? clock(store.listed.fetched) : "–";
  }
  part("no-list").hidden = Boolean(store.listed);
  part("last").hidden = !last;
  if (last) part("last-name").textContent = last.name;
}

// ---------------------------------------------------------------- the server

let syncing = null;

function sync() {
  syncing ??= (async () => {
    const sent = await store.flush((event, result) => {
      if (event.kind === "hand") settle(event, result);
    });
    if (sent) await store.refresh();
    await count();
  })().finally(() => { syncing = null; });
  return syncing;
}

function settle(event, result) {
  for (const [number, waiting] of pending) if (waiting.uuid === event.uuid) pending.delete(number);
  if (result.word === "handed") return;
  // It was given away, and should not have been: somebody has to hear of it, now or after this screen.
  if (part("verdict").open) toTell.push(result);
  else show(result);
}

addEventListener("online", sync);
addEventListener("offline", count);
document.addEventListener("visibilitychange", () => { if (!document.hidden) sync(); });
setInterval(() => { if (!document.hidden && !part("verdict").open) sync(); }, Number(say.every) * 1000);

// ---------------------------------------------------------------- the camera, the number

let shown = "";
let shownAt = 0;
eye.seen = (text) => {
  // The same letter lies under the camera for a while after its verdict was put away.
  const again = text === shown && Date.now() - shownAt < 2500;
  if (busy || part("verdict").open || again) { if (text === shown) shownAt = Date.now(); return; }
  [shown, shownAt] = [text, Date.now()];
  decide(text, "scan");
};

async function look() {
  const words = part("camera-words");
  words.hidden = true;
  part("starts-camera").hidden = true;
  try {
    await eye.start();
    place.classList.add("kit--looking");
    navigator.wakeLock?.request("screen").catch(() => {});
  } catch (trouble) {
    words.hidden = false;
    words.textContent = trouble?.name === "NotAllowedError" ? say.sayDenied : say.sayNoCamera;
    part("starts-camera").hidden = false;
  }
}

part("starts-camera").addEventListener("click", look);
part("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = new FormData(event.target).get("number").trim();
  if (text) decide(text, "type");
});

// ---------------------------------------------------------------- begin

async function keepPage() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(say.worker);
  const { active } = await navigator.serviceWorker.ready;
  const parts = performance.getEntriesByType("resource").map((entry) => entry.name);
  const ours = parts.filter((address) => new URL(address).pathname.startsWith(new URL(say.decoder, location).pathname.split("/vendor/")[0]));
  navigator.serviceWorker.addEventListener("message", () => { place.dataset.kept = ""; });
  active.postMessage({ keep: [location.href, new URL(say.decoder, location).href, ...ours] });
}

await store.open();
for (const event of await store.queue()) {
  const person = store.listed?.people.find((each) => each.letter === event.letter);
  if (!person) continue;
  if (event.kind === "hand") pending.set(person.student_no, event);
}
ready = true;
await sync();
place.dataset.ready = "";
keepPage().catch(() => {});
if (navigator.mediaDevices) look();
else part("camera-words").hidden = false;
