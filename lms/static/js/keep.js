// A student's phone keeps the pages it has shown, and what was downloaded (study_worker.js). Both go before the
// sign-out leaves the phone; the pages again where nobody is signed in, as a session also ends without a tap.
const place = document.querySelector("[data-keeps]");
const FILES = "study-files-1";

async function wipe(films) {
  // Where she was in which film is hers as well.
  try { for (const key of Object.keys(localStorage)) if (key.startsWith("left:")) localStorage.removeItem(key); } catch { /* private window */ }
  if (!("caches" in self)) return;
  for (const name of await caches.keys()) {
    if (name.startsWith("study-pages-") || (films && name === FILES)) await caches.delete(name);
  }
}

async function keep() {
  await navigator.serviceWorker.register(place.dataset.keeps);
  // From the second page on the worker saw everything itself.
  if (navigator.serviceWorker.controller) return;
  const { active } = await navigator.serviceWorker.ready;
  const parts = performance.getEntriesByType("resource").map((entry) => entry.name)
    .filter((address) => new URL(address).pathname.startsWith("/static/"));
  // Loaded late or never on this page, and wanted when the line is gone.
  const queue = document.querySelector("[data-queue]")?.dataset.queue;
  if (queue) parts.push(new URL(queue, location).href);
  const also = place.dataset.also.split(" ").map((path) => new URL(path, location).href);
  navigator.serviceWorker.addEventListener("message", () => { place.dataset.kept = ""; });
  active.postMessage({ page: location.href.split("#")[0], parts, also });
}

// The scripts of downloads come when something lies here or goes on, or when a hand asks for them.
async function downloads() {
  const { open } = await import(place.dataset.downloads);
  return open(place.dataset);
}

async function goOn() {
  if ("caches" in self && await caches.has(FILES)) await downloads();
}

for (const name of ["click", "change"]) {
  document.addEventListener(name, async (event) => {
    const control = event.target.closest("[data-takes-along]");
    if (!control || control.hasAttribute("data-bound")) return;
    await downloads();
    if (name === "click" && control.matches("button")) control.click();
  });
}

// iPhones give WeChat's web view no worker: say so before somebody looks for what cannot be there.
function sayWhereItGoes() {
  const able = "serviceWorker" in navigator && "caches" in self;
  for (const box of document.querySelectorAll("[data-no-worker]")) box.hidden = able;
  for (const box of document.querySelectorAll("[data-needs-worker]")) box.hidden = !able;
}

function sayWhen() {
  const since = Number(document.documentElement.dataset.kept);
  const notice = document.querySelector("[data-kept-notice]");
  if (!since || !notice) return;
  const words = { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" };
  notice.querySelector("time").textContent = new Date(since).toLocaleString(document.documentElement.lang, words);
  notice.hidden = false;
}

// ---------------------------------------------------------------- leaving

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-signs-out]")) return;
  event.preventDefault();
  if (!(await mayLeave(form).catch(() => true))) return;
  await wipe(true).catch(() => {});
  const told = form.querySelector("[data-no-line]");
  if (told && !(await isThere())) told.hidden = false;
  // submit() and not requestSubmit(): this listener has done its work.
  else form.submit();
});

// Signing out needs the server; without a line the browser's own dead page would come instead.
function isThere() {
  return fetch(place.dataset.keeps, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout?.(5000) })
    .then(() => true, () => false);
}

// Unsent records are asked about; what is left here without a word might never come back.
async function mayLeave(form) {
  const { student, queue, csrf, sends } = form.dataset;
  const dialog = form.querySelector("dialog");
  if (!student || !dialog) return true;
  await import(queue);
  const who = { student, csrf, url: sends, device: localStorage.getItem("device") ?? "" };
  const patience = new Promise((resolve) => setTimeout(resolve, 3000));
  if (await studyQueue.count(student)) await Promise.race([studyQueue.flush(who), patience]);
  const count = await studyQueue.count(student);
  if (!count) return true;
  for (const box of dialog.querySelectorAll("[data-unsent-count]")) box.textContent = count;
  dialog.showModal();
  const choice = await new Promise((resolve) => {
    dialog.addEventListener("click", ({ target }) => {
      const way = target.closest("[data-leave]")?.dataset.leave;
      if (way) resolve(way);
    });
    dialog.addEventListener("close", () => resolve("stay"));
  });
  dialog.close();
  if (choice === "drop") await studyQueue.forget((await studyQueue.waiting(student)).map((record) => record.uuid));
  return choice !== "stay";
}

// Downloads of the page before may have gone on writing while it was cleared, and on a slow line she may sign out
// before this script is there. Here nothing of that page runs any more (_sign_out.html leads here).
const left = new URLSearchParams(location.search).has("left");
if (document.querySelector("[data-keeps-nothing]")) wipe(left).catch(() => {});
sayWhen();
sayWhereItGoes();
if (place && "serviceWorker" in navigator) {
  const idle = self.requestIdleCallback ?? setTimeout;
  const begin = () => keep().catch(() => {}).finally(() => idle(() => goOn().catch(() => {})));
  if (document.readyState === "complete") begin();
  else addEventListener("load", begin);
}
