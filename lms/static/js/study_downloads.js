// Lessons taken along: film or sound, captions, poster, text and quiz, piece by piece into the phone's cache. A page
// does it and the next page goes on with it; one page at a time among all tabs. study_shelf.js says where what lies.
const DAY_MS = 86_400_000;
// Left free for photos and messages; a phone that is full to the brim starts to delete by itself.
const SPARE = 20 * 1024 * 1024;
const RETRY_MS = 20_000;
let opened = null;

export function open(data) {
  opened ??= import(data.shelf).then(() => begin(data));
  return opened;
}

class Stopped extends Error {}
class Lost extends Error {}
class Full extends Error {}

async function begin(data) {
  const shelf = self.studyShelf;
  const channel = "BroadcastChannel" in self ? new BroadcastChannel("study-downloads") : null;
  const asked = new Map();
  let listener = () => {};
  let stop = null;

  // ---------------------------------------------------------------- records

  const key = (lesson) => shelf.RECORD + lesson;
  const cache = () => caches.open(shelf.FILES);

  async function read(lesson) {
    const kept = await caches.match(key(lesson), { cacheName: shelf.FILES });
    return kept ? kept.json() : null;
  }

  async function write(record) {
    await (await cache()).put(key(record.lesson), new Response(JSON.stringify(record), { headers: { "Content-Type": "application/json" } }));
    await changed();
  }

  async function changed() {
    channel?.postMessage("");
    listener();
  }

  // What is being fetched may be paused or deleted meanwhile, here or in another tab: its state belongs to the hand.
  async function still(record, news = {}) {
    const now = await read(record.lesson);
    if (now?.state !== "going") throw new Stopped();
    Object.assign(record, now, news);
    await write(record);
  }

  async function list() {
    const all = await shelf.records();
    for (const record of all) if (record.expires && record.expires < Date.now()) await remove(record.lesson);
    return all.filter((record) => !record.expires || record.expires >= Date.now()).sort((a, b) => a.at - b.at);
  }

  // ---------------------------------------------------------------- what a hand does

  async function start(wanted) {
    navigator.storage?.persist?.().catch(() => {});
    for (const one of wanted) {
      const known = await read(one.lesson);
      if (known?.state === "done" && known.take === one.take) continue;
      await write({ have: 0, ...known, ...one, state: one.state ?? "going", reason: "", at: known?.at ?? Date.now() });
    }
    work();
  }

  async function pause(lesson) {
    const record = await read(lesson);
    if (record) await write({ ...record, state: "paused" });
    stop?.abort();
  }

  async function remove(lesson) {
    const record = await read(lesson);
    const files = await cache();
    await files.delete(key(lesson));
    const others = await shelf.records();
    const needed = new Set(others.flatMap((one) => (one.films ?? []).map((name) => `/learn/kept/film/${name}/`)));
    for (const film of record?.films ?? []) {
      const place = `/learn/kept/film/${film}/`;
      if (!needed.has(place)) await sweep((path) => path.startsWith(place));
    }
    const pages = await caches.open(shelf.DOWN);
    for (const page of record?.pages ?? []) await pages.delete(page);
    const used = new Set(others.flatMap((one) => one.parts ?? []));
    for (const part of record?.parts ?? []) if (!used.has(part)) await files.delete(part);
    if (!others.length) await caches.delete(shelf.FILES);
    await changed();
  }

  async function sweep(isGone) {
    const files = await cache();
    for (const request of await files.keys()) if (isGone(new URL(request.url).pathname)) await files.delete(request);
  }

  // ---------------------------------------------------------------- the line and the room

  const dear = () => {
    const line = navigator.connection;
    return Boolean(line && (line.saveData || line.type === "cellular"));
  };

  // Bytes that may still be written, or null where the browser does not tell.
  async function room() {
    const told = await navigator.storage?.estimate?.().catch(() => null);
    return told?.quota ? { quota: told.quota, used: told.usage ?? 0, free: Math.max(0, told.quota - (told.usage ?? 0)) } : null;
  }

  async function fits(bytes) {
    const told = await room();
    return !told || told.free >= bytes + SPARE;
  }

  // ---------------------------------------------------------------- the work

  let again = 0;

  async function work() {
    clearTimeout(again);
    const turn = async (lock) => {
      if (lock === null) return;
      for (let next = await due(); next; next = await due()) {
        if (!(await lesson(next))) { again = setTimeout(work, RETRY_MS); return; }
      }
    };
    await (navigator.locks ? navigator.locks.request("study-downloads", { ifAvailable: true }, turn) : turn());
  }

  async function due() {
    for (const record of await list()) {
      if (record.state === "going") return record;
      if (record.state === "waits" && !dear()) {
        await write({ ...record, state: "going" });
        return { ...record, state: "going" };
      }
    }
    return null;
  }

  // Answers false when there is no line to go on with.
  async function lesson(record) {
    stop = new AbortController();
    try {
      await whole(record);
      return true;
    } catch (error) {
      if (error instanceof Stopped || (error.name === "AbortError" && stop.signal.aborted)) return true;
      const now = await read(record.lesson);
      if (now?.state !== "going") return true;
      if (error instanceof Full || error.name === "QuotaExceededError") await write({ ...now, state: "failed", reason: "space" });
      else if (error instanceof Lost) await write({ ...now, state: "failed", reason: error.message });
      else return false;
      return true;
    } finally {
      stop = null;
    }
  }

  async function get(address, options = {}) {
    const response = await fetch(address, { credentials: "same-origin", signal: stop?.signal, ...options });
    // The sign-in page is nothing to keep; after the sign-in it goes on.
    if (response.redirected && new URL(response.url).origin === location.origin) throw new Error("signed out");
    return response;
  }

  async function told(record) {
    const response = await get(record.source);
    // Not hers any more, withdrawn, or the lesson is gone.
    if ([403, 404, 410].includes(response.status)) throw new Lost("gone");
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  }

  const filesOf = (manifest, take) => manifest.films.flatMap((film) => [
    (take === "sound" && film.sound) || film.picture || film.sound, film.captions, film.poster,
  ].filter(Boolean));

  async function whole(record) {
    const manifest = await told(record);
    if (!manifest.ready) throw new Lost("unready");
    const files = filesOf(manifest, record.take);
    const films = [...new Set(files.map(({ url }) => shelf.fileKey(url).split("/")[4]))];
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const units = manifest.films.map((film) => film.unit);
    let have = 0;
    for (const file of files) have += await held(file);
    await still(record, {
      owner: manifest.owner, title: manifest.title, course: manifest.course, page: manifest.page,
      files: files.map(({ url }) => shelf.fileKey(url)), films, units, bytes, have,
    });
    if (!(await fits(bytes - have))) throw new Full();
    for (const file of files) await fetchFile(record, file);
    const parts = await fetchPages(record, manifest);
    await still(record, { ...parts, have: bytes, expires: manifest.expires, renewed: Date.now(), reason: "" });
    const now = await read(record.lesson);
    if (now?.state === "going") await write({ ...now, state: "done" });
  }

  async function held({ url, bytes }) {
    const path = shelf.fileKey(url);
    const known = await shelf.facts(path);
    return known ? Math.min(bytes, (known.got ?? 0) * shelf.PIECE) : 0;
  }

  async function fetchFile(record, file) {
    const path = shelf.fileKey(file.url);
    const files = await cache();
    let known = (await shelf.facts(path)) ?? { bytes: 0, type: "", got: 0, whole: false };
    const note = async () => files.put(path, new Response(JSON.stringify(known), { headers: { "Content-Type": "application/json" } }));
    while (!known.whole) {
      const first = known.got * shelf.PIECE;
      // Another cut of the film would have another key: pieces under one key always fit together.
      const response = await get(file.url, { headers: { Range: `bytes=${first}-${first + shelf.PIECE - 1}` } });
      if (!response.ok) throw response.status < 500 ? await expired(record) : new Error(String(response.status));
      const body = await response.blob();
      const type = response.headers.get("Content-Type") ?? "";
      const total = Number(response.headers.get("Content-Range")?.split("/")[1]) || body.size;
      // A server without ranges sends everything at once.
      const start = response.status === 206 ? known.got : 0;
      for (let number = start; number * shelf.PIECE < (response.status === 206 ? first : 0) + body.size; number += 1) {
        const offset = (number - start) * shelf.PIECE;
        await files.put(shelf.pieceKey(path, number), new Response(body.slice(offset, offset + shelf.PIECE)));
        known = { ...known, got: number + 1 };
      }
      known = { ...known, bytes: total, type, whole: known.got * shelf.PIECE >= total };
      await note();
      await still(record, { have: record.have + (file.bytes ? body.size : 0) });
    }
    // Older cuts of the same film served until this one was whole.
    const [, name] = path.match(/([^/]+)$/);
    const film = path.split("/").slice(0, 5).join("/") + "/";
    await sweep((other) => other.startsWith(film) && other.endsWith(`/${name}`) && other !== path);
  }

  // Addresses live for hours, a download may rest for days: ask for new ones, once per minute at most.
  async function expired(record) {
    if (Date.now() - (asked.get(record.lesson) ?? 0) < 60_000) return new Lost("gone");
    asked.set(record.lesson, Date.now());
    return new Error("expired");
  }

  // The lesson's page and its quizzes as they are now, with everything that they are made of.
  async function fetchPages(record, manifest) {
    const pages = await caches.open(shelf.DOWN);
    const files = await cache();
    const parts = new Set();
    const addresses = [manifest.page, ...manifest.papers];
    for (const address of addresses) {
      const response = await get(address);
      if (!response.ok || response.headers.get(shelf.OWNER) !== manifest.owner) throw new Error("not hers");
      const html = await response.clone().text();
      for (const [part] of html.matchAll(/\/static\/[^"'\s<>]+/g)) if (!part.includes("/vendor/")) parts.add(part);
      const drawn = new DOMParser().parseFromString(html, "text/html");
      for (const image of drawn.querySelectorAll("main img[src^='/uploads/']")) parts.add(image.getAttribute("src"));
      await pages.put(address, await shelf.stamped(response));
    }
    for (const part of parts) {
      if (await files.match(part)) continue;
      const response = await get(part).catch((error) => { if (error.name === "AbortError") throw error; return null; });
      if (response?.ok) await files.put(part, response);
    }
    return { pages: addresses, parts: [...parts] };
  }

  // ---------------------------------------------------------------- staying true

  // What is called downloaded really lies here, is still allowed, and is as fresh as a day.
  async function lies(path) {
    const known = await shelf.facts(path);
    return Boolean(known?.whole && (known.bytes === 0 || await caches.match(shelf.pieceKey(path, known.got - 1), { cacheName: shelf.FILES })));
  }

  async function renew() {
    for (const record of await list()) {
      if (record.state !== "done") continue;
      if (!(await Promise.all(record.files.map(lies))).every(Boolean)) {
        await write({ ...record, state: dear() ? "waits" : "going" });
        continue;
      }
      const pages = await caches.open(shelf.DOWN);
      const there = (await Promise.all((record.pages ?? []).map((page) => pages.match(page)))).every(Boolean);
      if (there && Date.now() - (record.renewed ?? 0) < DAY_MS) continue;
      if (!navigator.onLine) continue;
      try {
        const manifest = await told(record);
        if (manifest.owner !== record.owner) throw new Lost("gone");
        const parts = await fetchPages(record, manifest);
        const now = await read(record.lesson);
        if (now) await write({ ...now, ...parts, expires: manifest.expires, renewed: Date.now() });
      } catch (error) {
        if (error instanceof Lost) await remove(record.lesson);
      }
    }
  }

  channel?.addEventListener("message", () => listener());
  addEventListener("online", work);
  navigator.connection?.addEventListener?.("change", work);
  const api = { list, start, pause, remove, room, fits, dear, work, renew, watch: (heard) => { listener = heard; } };
  const screen = await import(data.downloadsScreen);
  screen.show(api);
  await renew();
  work();
  return api;
}
