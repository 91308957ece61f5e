// The hand-out desk opens without a network: its page and what the page needs are kept. The network
// goes first and has three seconds, because a hall with fifty phones has bad Wi-Fi, not none.
const SHELF = "kits-1";
const PATIENCE = 3000;

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("kits-") && name !== SHELF) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

// The page names what it needs: it was loaded before this worker could see it.
self.addEventListener("message", (event) => {
  event.waitUntil((async () => {
    const shelf = await caches.open(SHELF);
    await Promise.allSettled(event.data.keep.map((address) => keep(shelf, address)));
    event.source.postMessage({ kept: true });
  })());
});

async function keep(shelf, address) {
  const response = await fetch(address, { credentials: "same-origin" });
  if (isWhole(response)) await shelf.put(address, response);
}

// A redirect leads to the sign-in page: that is not what is to be kept.
function isWhole(response) {
  return response.ok && !response.redirected;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const isOurs = new URL(request.url).origin === location.origin;
  const isPage = request.mode === "navigate" && new URL(request.url).pathname.endsWith("/scan/");
  const isPart = ["style", "script", "image", "font"].includes(request.destination);
  if (request.method === "GET" && isOurs && (isPage || isPart)) event.respondWith(answer(request));
});

async function answer(request) {
  const shelf = await caches.open(SHELF);
  const kept = await shelf.match(request.url);
  if (!kept) return fetch(request);
  const asked = fetch(request).then(async (response) => {
    if (isWhole(response)) await shelf.put(request.url, response.clone());
    return response.status >= 500 ? kept : response;
  });
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE));
  return Promise.race([asked, late]).catch(() => kept);
}
