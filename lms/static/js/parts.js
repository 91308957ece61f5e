// Sends one file in parts, over a line that breaks: each part with its digest, several at a time,
// as often as needed. What the server has already is compared and not sent again.

// A sentence for the person; going on makes no sense.
export class Stopped extends Error {}

const STALLED_MS = 60_000;
const LONGEST_PAUSE_MS = 30_000;
const AGAIN = [408, 422, 425, 429];

// The next try comes after the pause, or as soon as the browser says that the line is back.
function pause(milliseconds) {
  return new Promise((done) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener("online", go);
      done();
    };
    const timer = setTimeout(go, milliseconds);
    addEventListener("online", go);
  });
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function sha256(bytes) {
  return hex(await crypto.subtle.digest("SHA-256", bytes));
}

// The cookie first: after signing in again in another tab the page's own token is stale.
function csrfToken() {
  return (
    document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] ??
    document.querySelector("[name=csrfmiddlewaretoken]").value
  );
}

// Ask our server for JSON until it answers. `say` holds the sentences, `onWait` hears of pauses.
export async function ask(address, { body, say, onWait }) {
  const isForm = body instanceof FormData;
  for (let wait = 1000; ; wait = Math.min(2 * wait, LONGEST_PAUSE_MS)) {
    let answer;
    let told;
    try {
      answer = await fetch(address, {
        method: "POST",
        body: isForm ? body : JSON.stringify(body),
        redirect: "manual",
        headers: {
          Accept: "application/json",
          "X-CSRFToken": csrfToken(),
          "X-Requested-With": "XMLHttpRequest",
          ...(isForm ? {} : { "Content-Type": "application/json" }),
        },
      });
      if (answer.type === "opaqueredirect" || answer.status === 403) throw new Stopped(say.signedOut);
      if (answer.status < 500 && !AGAIN.includes(answer.status)) told = await answer.json();
    } catch (trouble) {
      if (trouble instanceof Stopped) throw trouble;
    }
    if (told) return { ok: answer.ok, told };
    onWait?.();
    await pause(wait);
  }
}

// One attempt at a part. Resolves to the answer, or to null when the line broke or stood still.
function put({ url, headers }, piece, onBytes, abort) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), STALLED_MS);
    };
    const end = (answer) => {
      clearTimeout(timer);
      abort.removeEventListener("abort", stop);
      if (!answer) onBytes(0);
      done(answer);
    };
    const stop = () => request.abort();
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    // A token for our own server only, never for the object store.
    if (url.startsWith("/")) request.setRequestHeader("X-CSRFToken", csrfToken());
    request.responseType = "text";
    request.upload.addEventListener("progress", (event) => {
      alive();
      onBytes(event.loaded);
    });
    request.addEventListener("load", () => end({ status: request.status, text: request.responseText }));
    for (const trouble of ["error", "abort"]) request.addEventListener(trouble, () => end(null));
    abort.addEventListener("abort", stop);
    alive();
    request.send(piece);
  });
}

// told: what the server said when the upload was announced. Resolves to the title of a video made
// from the same file (then the bytes are not needed), or to null when every part has arrived.
export async function sendInParts(file, told, { base, say, onProgress, onWait }) {
  const over = new AbortController();
  const flying = new Map(); // part → bytes on their way
  const digests = new Map();
  let done = 0; // bytes that the server has
  let fresh = 0; // of these, sent now

  const slice = (number) => file.slice((number - 1) * told.part_bytes, number * told.part_bytes);

  const digestOf = (number) => {
    if (!digests.has(number)) {
      const read = slice(number).arrayBuffer();
      digests.set(number, read.then(sha256, () => Promise.reject(new Stopped(say.unreadable))));
    }
    return digests.get(number);
  };

  const report = () => {
    const now = [...flying.values()].reduce((sum, bytes) => sum + bytes, 0);
    onProgress({ done: done + now, fresh: fresh + now, total: file.size });
  };

  async function sendPart(number, sha) {
    const piece = slice(number);
    for (let wait = 1000; !over.signal.aborted; wait = Math.min(2 * wait, LONGEST_PAUSE_MS)) {
      const claimed = await ask(`${base}${told.upload}/parts/${number}/`, { body: { sha256: sha }, say, onWait });
      if (!claimed.ok) throw new Stopped(claimed.told.error);
      if (over.signal.aborted) return;
      const heard = (bytes) => {
        flying.set(number, Math.min(bytes, piece.size));
        report();
      };
      const answer = await put(claimed.told, piece, heard, over.signal);
      flying.delete(number);
      if (answer && answer.status >= 200 && answer.status < 300) {
        done += piece.size;
        fresh += piece.size;
        report();
        return;
      }
      // What only our server says, and means for good; of an object store's refusals (a link that
      // expired) a new address is the cure.
      const isFinal = answer && answer.status >= 400 && answer.status < 500 && !AGAIN.includes(answer.status);
      if (isFinal && claimed.told.url.startsWith("/")) throw new Stopped(sentenceOf(answer) ?? say.signedOut);
      if (over.signal.aborted) return;
      onWait();
      await pause(wait);
    }
  }

  let next = 1;
  async function sendSome() {
    while (next <= told.parts && !over.signal.aborted) {
      const number = next++;
      const sha = await digestOf(number);
      if (told.arrived[number] === sha) {
        done += slice(number).size;
        report();
      } else {
        await sendPart(number, sha);
      }
    }
    return null;
  }

  // Hashing runs far ahead of any line; once the whole file is known, the server may know it too.
  async function recognise() {
    const raw = new Uint8Array(32 * told.parts);
    for (let number = 1; number <= told.parts && !over.signal.aborted; number++) {
      const sha = await digestOf(number);
      raw.set(sha.match(/../g).map((pair) => parseInt(pair, 16)), 32 * (number - 1));
    }
    const body = { tree_sha256: await sha256(raw) };
    const answer = await ask(`${base}${told.upload}/recognise/`, { body, say });
    if (answer.ok && answer.told.known !== null) return answer.told.known;
    return new Promise(() => {}); // unknown: the parts decide
  }

  const senders = Array.from({ length: told.parallel }, sendSome);
  try {
    return await Promise.race([Promise.all(senders).then(() => null), recognise()]);
  } finally {
    over.abort();
    await Promise.allSettled(senders);
  }
}

function sentenceOf(answer) {
  try {
    return JSON.parse(answer.text).error;
  } catch {
    return undefined;
  }
}
