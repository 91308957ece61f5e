// A student's phone keeps the pages it has shown (study_worker.js). They go before the sign-out leaves
// the phone, and again where nobody is signed in: a session also ends without a tap.
const place = document.querySelector("[data-keeps]");

async function wipe() {
  if (!("caches" in self)) return;
  for (const name of await caches.keys()) if (name.startsWith("study-pages-")) await caches.delete(name);
}

async function keep() {
  await navigator.serviceWorker.register(place.dataset.keeps);
  // From the second page on the worker saw everything itself.
  if (navigator.serviceWorker.controller) return;
  const { active } = await navigator.serviceWorker.ready;
  const parts = performance.getEntriesByType("resource").map((entry) => entry.name)
    .filter((address) => new URL(address).pathname.startsWith("/static/"));
  navigator.serviceWorker.addEventListener("message", () => { place.dataset.kept = ""; });
  active.postMessage({ page: location.href.split("#")[0], parts });
}

function sayWhen() {
  const since = Number(document.documentElement.dataset.kept);
  const notice = document.querySelector("[data-kept-notice]");
  if (!since || !notice) return;
  const words = { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" };
  notice.querySelector("time").textContent = new Date(since).toLocaleString(document.documentElement.lang, words);
  notice.hidden = false;
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-signs-out]")) return;
  event.preventDefault();
  // submit() and not requestSubmit(): this listener has done its work.
  wipe().catch(() => {}).finally(() => event.target.submit());
});

if (document.querySelector("[data-keeps-nothing]")) wipe().catch(() => {});
sayWhen();
if (place && "serviceWorker" in navigator) {
  const begin = () => keep().catch(() => {});
  if (document.readyState === "complete") begin();
  else addEventListener("load", begin);
}
