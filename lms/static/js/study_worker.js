// Student pages open without a signal: the network goes first and has a little patience, then the page this
// phone kept last time speaks, then a page that says so. Downloaded films never ask the network. What is kept
// belongs to one person (the answer names them) and goes at the sign-out; the shell is everybody's and stays.
// study_shelf.js and study_queue.js stand in front of this file (courses.learning.offline).
const { SHELL, PAGES, DOWN, FILES, OWNER } = studyShelf;
const OURS = [SHELL, PAGES, DOWN, FILES];
const NO_SIGNAL = "/learn/offline/";
const PATIENCE = 2500;
const MOST = { [SHELL]: 80, [PAGES]: 60 };

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keepNoSignal());
});

async function keepNoSignal() {
  const page = await fetch(NO_SIGNAL, { credentials: "omit", cache: "reload" });
  if (!page.ok) return;
  const html = await page.clone().text();
  await (await caches.open(SHELL)).put(NO_SIGNAL, page);
  const parts = html.match(/\/static\/[^"'\s]+/g) ?? [];
  await Promise.allSettled([...new Set(parts)].map((address) => part(new Request(address))));
}

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("study-") && !OURS.includes(name)) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

// The first page was loaded before this worker could see it: it names itself and its parts, and the pages
// without which nobody finds their way when the signal is gone. Later ones may name parts they will want.
self.addEventListener("message", (event) => {
  event.waitUntil((async () => {
    await Promise.allSettled(event.data.parts.map((address) => part(new Request(address))));
    for (const address of new Set([event.data.page, ...event.data.also].filter(Boolean))) {
      const before = await studyShelf.owner();
      const page = await fetch(address, { credentials: "same-origin" }).catch(() => null);
      if (page) await keepPage(address, page, before);
    }
    event.source.postMessage({ kept: true });
  })());
});

self.addEventListener("sync", (event) => {
  if (event.tag !== "study-records") return;
  event.waitUntil((async () => {
    const who = await studyQueue.sender();
    const result = who ? await studyQueue.flush(who) : {};
    // The browser tries again, later and later, when it hears of a failure.
    if (result.later === "line" || result.later === "server") throw new Error(result.later);
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (address.origin !== location.origin) return;
  if (request.mode === "navigate" && request.method === "POST") event.respondWith(act(request));
  else if (request.method !== "GET") return;
  else if (request.mode === "navigate") event.respondWith(page(request));
  else if (isPart(request)) event.respondWith(part(request));
  else if (isFilm(address)) event.respondWith(film(request));
  else if (request.destination === "image") event.respondWith(picture(request));
});

function isPart(request) {
  return ["style", "script", "image", "font"].includes(request.destination) &&
    new URL(request.url).pathname.startsWith("/static/");
}

// What a download may hold; the pieces of a stream go their own way.
function isFilm({ pathname }) {
  return /^\/videos\/[^/]+\/\w+\.(mp4|m4a|vtt|jpg)$/.test(pathname);
}

// ---------------------------------------------------------------- parts, films, pictures

// A file with its fingerprint in its name never changes; any other is asked for while it can be.
async function part(request) {
  const shelf = await caches.open(SHELL);
  const kept = (await shelf.match(request.url)) ?? (await caches.match(request.url, { cacheName: FILES }));
  if (kept && /\.[0-9a-f]{12}\./.test(request.url)) return kept;
  const asked = fetch(request).then(async (response) => {
    if (response.ok) await put(SHELL, request.url, response.clone());
    return response;
  });
  if (!kept) return asked;
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE));
  return Promise.race([asked, late]).catch(() => kept);
}

async function film(request) {
  const key = studyShelf.fileKey(request.url);
  const file = key && (await studyShelf.owner()) ? await studyShelf.whole(key) : null;
  return (file && (await studyShelf.answer(file, request.headers.get("Range")))) ?? fetch(request);
}

async function picture(request) {
  return (await caches.match(request.url, { cacheName: FILES })) ?? fetch(request);
}

// ---------------------------------------------------------------- pages

async function page(request) {
  const address = request.url.split("#")[0];
  const kept = () => keptPage(address);
  const asked = fromNetwork(request, address);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE)).then(kept);
  try {
    // Nothing kept: then waiting for the network is all that can be done.
    return (await Promise.race([asked, late])) ?? (await asked);
  } catch {
    return (await kept()) ?? noSignal();
  }
}

async function noSignal() {
  return (await caches.match(NO_SIGNAL, { cacheName: SHELL })) ?? Response.error();
}

// A form needs the network. The quiz of a downloaded lesson is there without one, on its own page.
async function act(request) {
  try {
    return await fetch(request.clone());
  } catch {
    const paper = `${request.url.split("#")[0]}paper/`;
    const kept = await caches.match(paper, { cacheName: DOWN });
    return kept ? Response.redirect(paper, 303) : noSignal();
  }
}

async function fromNetwork(request, address) {
  const before = await studyShelf.owner();
  const response = await fetch(request);
  if (response.status >= 500) return (await keptPage(address)) ?? response;
  await keepPage(address, response.clone(), before);
  return response;
}

async function keepPage(address, response, before) {
  const theirs = response.headers.get(OWNER);
  if (!response.ok || response.redirected || !theirs) return;
  // Signed out, or somebody else signed in, while this answer was on its way.
  if ((await studyShelf.owner()) !== before) return;
  if (before !== theirs) await settleIn(before, theirs);
  await put(PAGES, address, await studyShelf.stamped(response));
}

// Another student's pages and films go before the first page of this one is written.
async function settleIn(before, theirs) {
  const films = before !== null || (await studyShelf.records()).some((record) => record.owner !== theirs);
  await studyShelf.wipe({ films });
  await (await caches.open(PAGES)).put(OWNER, new Response(theirs));
}

// Opened or downloaded, whichever is newer. The page says of itself that it was kept, and since when: nobody
// takes yesterday's minutes for today's.
async function keptPage(address) {
  const found = await Promise.all([PAGES, DOWN].map((name) => caches.match(address, { cacheName: name })));
  const since = (one) => Date.parse(one.headers.get("Date"));
  const kept = found.filter(Boolean).sort((a, b) => since(b) - since(a))[0];
  if (!kept) return undefined;
  let body = (await kept.text()).replace("<html ", `<html data-kept="${since(kept)}" `);
  // A downloaded lesson has its film as one file; the stream stayed on the server.
  if (found[1]) body = body.replaceAll(/ data-hls="[^"]*"/g, ' data-hls=""');
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
