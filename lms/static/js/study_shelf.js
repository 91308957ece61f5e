// Where a student's phone keeps things, for the pages and for the worker alike (a plain script: both can load it).
// Pages bear their owner and go at the sign-out; so do the files of downloads. The shell is everybody's and stays.
self.studyShelf ??= (() => {
  const SHELL = "study-shell-1";
  const PAGES = "study-pages-1";
  const DOWN = "study-pages-down-1";
  const FILES = "study-files-1";
  const OWNER = "X-Kept-For";
  const PIECE = 512 * 1024;
  // Cache keys of ours; no request of a page ever has such an address.
  const RECORD = "/learn/kept/lesson/";

  async function owner() {
    const mark = await caches.match(OWNER, { cacheName: PAGES });
    return mark ? mark.text() : null;
  }

  // A page as it may lie on the phone: its words, and the headers that make it safe to show.
  async function stamped(response) {
    const headers = { "Content-Type": response.headers.get("Content-Type"), Date: new Date().toUTCString() };
    for (const name of ["Content-Security-Policy", "Content-Language", "X-Frame-Options", OWNER]) {
      if (response.headers.has(name)) headers[name] = response.headers.get(name);
    }
    return new Response(await response.text(), { headers });
  }

  // "/videos/<token>/240p.mp4" changes every few hours; what the token speaks of (film and published set,
  // readable in front of its signature) does not.
  function fileKey(address) {
    const found = new URL(address, location.href).pathname.match(/^\/videos\/([\w-]+):[\w:-]+\/([\w.]+)$/);
    if (!found) return null;
    try {
      const [film, , set] = JSON.parse(atob(found[1].replaceAll("-", "+").replaceAll("_", "/")));
      return `/learn/kept/film/${film}/${encodeURIComponent(set)}/${found[2]}`;
    } catch {
      return null;
    }
  }

  const pieceKey = (key, number) => `${key}?piece=${number}`;

  async function facts(key) {
    const kept = await caches.match(key, { cacheName: FILES });
    return kept ? kept.json() : null;
  }

  // The file of this set, else of an older one of the same film: a new cut must not break what is kept.
  async function whole(key) {
    if (!(await caches.has(FILES))) return null;
    const own = await facts(key);
    if (own?.whole) return { key, ...own };
    const [film, name] = [key.split("/").slice(0, 5).join("/") + "/", key.slice(key.lastIndexOf("/"))];
    for (const { url } of await (await caches.open(FILES)).keys()) {
      const other = new URL(url);
      if (other.search || !other.pathname.startsWith(film) || !other.pathname.endsWith(name)) continue;
      const held = await facts(other.pathname);
      if (held?.whole) return { key: other.pathname, ...held };
    }
    return null;
  }

  // Exactly the bytes that were asked for: Safari plays nothing else.
  async function answer(file, range) {
    const shelf = await caches.open(FILES);
    const wanted = range?.match(/^bytes=(\d*)-(\d*)$/);
    let [first, last] = [0, file.bytes - 1];
    if (wanted && wanted[1]) {
      first = Number(wanted[1]);
      if (wanted[2]) last = Math.min(last, Number(wanted[2]));
    } else if (wanted && wanted[2]) {
      first = Math.max(0, file.bytes - Number(wanted[2]));
    }
    const headers = { "Content-Type": file.type, "Accept-Ranges": "bytes" };
    if (first > last) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${file.bytes}` } });
    const parts = [];
    for (let number = Math.floor(first / PIECE); number <= Math.floor(last / PIECE); number += 1) {
      const part = await shelf.match(pieceKey(file.key, number));
      if (!part) return null;
      parts.push(await part.blob());
    }
    const start = Math.floor(first / PIECE) * PIECE;
    const body = new Blob(parts).slice(first - start, last - start + 1);
    headers["Content-Length"] = String(body.size);
    if (!wanted) return new Response(body, { headers });
    headers["Content-Range"] = `bytes ${first}-${last}/${file.bytes}`;
    return new Response(body, { status: 206, headers });
  }

  async function records() {
    if (!(await caches.has(FILES))) return [];
    const shelf = await caches.open(FILES);
    const keys = (await shelf.keys()).filter(({ url }) => new URL(url).pathname.startsWith(RECORD));
    return Promise.all(keys.map(async (key) => (await shelf.match(key)).json()));
  }

  // What is of a person; the shell and the unsent records stay. A session that ended by itself keeps the films, which
  // cost a data plan: they open again for the same student only.
  async function wipe({ films = true } = {}) {
    for (const name of await caches.keys()) {
      if (name.startsWith("study-pages-") || (films && name === FILES)) await caches.delete(name);
    }
  }

  return { SHELL, PAGES, DOWN, FILES, OWNER, PIECE, RECORD, owner, stamped, fileKey, pieceKey, facts, whole, answer, records, wipe };
})();
