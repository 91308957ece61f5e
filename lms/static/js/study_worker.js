// Student pages open without a signal: the network goes first and has three seconds, then the page
// this phone kept last time speaks, then a page that says so. What is kept belongs to one person
// (the answer names them) and goes at the sign-out; the shell is the same for everybody and stays.
const SHELL = "study-shell-1";
const PAGES = "study-pages-1";
const OURS = [SHELL, PAGES];
const NO_SIGNAL = "/learn/offline/";
const OWNER = "X-Kept-For";
const PATIENCE = 3000;
const MOST = { [SHELL]: 80, [PAGES]: 60 };

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil((async () => {
    const page = await fetch(NO_SIGNAL, { credentials: "omit", cache: "reload" });
    if (page.ok) await (await caches.open(SHELL)).put(NO_SIGNAL, page);
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("study-") && !OURS.includes(name)) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

// The first page was loaded before this worker could see it: it names itself and its parts.
self.addEventListener("message", (event) => {
  event.waitUntil((async () => {
    await Promise.allSettled(event.data.parts.map((address) => part(new Request(address))));
    const before = await owner();
    const page = await fetch(event.data.page, { credentials: "same-origin" });
    await keepPage(event.data.page, page, before);
    event.source.postMessage({ kept: true });
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (isPart(request)) event.respondWith(part(request));
});

function isPart(request) {
  return ["style", "script", "image", "font"].includes(request.destination) &&
    new URL(request.url).pathname.startsWith("/static/");
}

// A file with its fingerprint in its name never changes; any other is asked for while it can be.
async function part(request) {
  const shelf = await caches.open(SHELL);
  const kept = await shelf.match(request.url);
  if (kept && /\.[0-9a-f]{12}\./.test(request.url)) return kept;
  try {
    const response = await fetch(request);
    if (response.ok) await put(SHELL, request.url, response.clone());
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

async function page(request) {
  const address = request.url.split("#")[0];
  const kept = () => keptPage(address);
  const asked = fromNetwork(request, address);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE)).then(kept);
  try {
    // Nothing kept: then waiting for the network is all that can be done.
    return (await Promise.race([asked, late])) ?? (await asked);
  } catch {
    return (await kept()) ?? (await caches.match(NO_SIGNAL, { cacheName: SHELL })) ?? Response.error();
  }
}

async function fromNetwork(request, address) {
  const before = await owner();
  const response = await fetch(request);
  if (response.status >= 500) return (await keptPage(address)) ?? response;
  await keepPage(address, response.clone(), before);
  return response;
}

async function owner() {
  const mark = await caches.match(OWNER, { cacheName: PAGES });
  return mark ? mark.text() : null;
}

async function keepPage(address, response, before) {
  const theirs = response.headers.get(OWNER);
  if (!response.ok || response.redirected || !theirs) return;
  // Signed out, or somebody else signed in, while this answer was on its way.
  if ((await owner()) !== before) return;
  if (before !== theirs) await caches.delete(PAGES);
  const headers = { "Content-Type": response.headers.get("Content-Type"), Date: new Date().toUTCString() };
  for (const name of ["Content-Security-Policy", "Content-Language", "X-Frame-Options"]) {
    if (response.headers.has(name)) headers[name] = response.headers.get(name);
  }
  const body = await response.text();
  const shelf = await caches.open(PAGES);
  if (before !== theirs) await shelf.put(OWNER, new Response(theirs));
  await put(PAGES, address, new Response(body, { headers }));
}

// The page says of itself that it was kept, and since when: nobody takes yesterday's minutes for today's.
async function keptPage(address) {
  const kept = await caches.match(address, { cacheName: PAGES });
  if (!kept) return undefined;
  const since = Date.parse(kept.headers.get("Date"));
  const body = (await kept.text()).replace("<html ", `<html data-kept="${since}" `);
  return new Response(body, { headers: kept.headers });
}

async function put(name, address, response) {
  const shelf = await caches.open(name);
  await shelf.delete(address);
  await shelf.put(address, response);
  // Oldest first; the owner's mark is no page.
  const keys = (await shelf.keys()).filter(({ url }) => !url.endsWith(OWNER) && !url.endsWith(NO_SIGNAL));
  for (const key of keys.slice(0, Math.max(0, keys.length - MOST[name]))) await shelf.delete(key);
}
