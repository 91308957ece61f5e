// What the hand-out desk keeps on the phone and says to the server: the class list, and a queue of
// acts that is written first, sent when there is a network, and forgotten once it was answered.
const BASE = "kits";

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Plain http on a phone in the same network has no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(BASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("lists", { keyPath: "key" });
      request.result.createObjectStore("queue", { keyPath: "seq", autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class Store {
  constructor({ list, send, user, cohort }) {
    Object.assign(this, { listUrl: list, sendUrl: send, user, cohort });
    this.listed = null;
    this.signedOut = false;
    this.reached = false;
  }

  async open() {
    this.base = await open();
    const kept = await done(this.#table("lists").get(this.#key));
    if (kept && Date.parse(kept.expires) > Date.now()) this.listed = kept;
    // Lists of other people who used this phone, and old ones, are nobody's business.
    for (const each of await done(this.#table("lists").getAll())) {
      const old = Date.parse(each.expires) <= Date.now();
      if (old || each.user !== this.user) await done(this.#table("lists", "readwrite").delete(each.key));
    }
    // A page that ended while it asked: nothing green was shown, so nothing may stand.
    for (const event of await this.queue()) if (event.undecided) await this.decide(event, "undo");
  }

  get #key() { return `${this.user} ${this.cohort}`; }

  #table(name, mode = "readonly") {
    return this.base.transaction(name, mode).objectStore(name);
  }

  // ---------------------------------------------------------------- the queue

  event(kind, facts) {
    return { uuid: newId(), kind, at: Date.now(), user: this.user, cohort: this.cohort, offline: false, ...facts };
  }

  async keep(event) {
    event.seq = await done(this.#table("queue", "readwrite").add(event));
  }

  async decide(event, kind = event.kind) {
    delete event.undecided;
    // Nothing was given away: the undoing only makes sure, and counts for nothing.
    event.idle = kind !== event.kind;
    event.kind = kind;
    event.offline = true;
    await done(this.#table("queue", "readwrite").put(event));
  }

  forget(event) {
    return done(this.#table("queue", "readwrite").delete(event.seq));
  }

  // Only one's own: on a borrowed phone the acts of a colleague wait for the colleague.
  async queue() {
    const all = await done(this.#table("queue").getAll());
    return all.filter((event) => event.user === this.user);
  }

  // ---------------------------------------------------------------- the server

  async send(events, patience = 15000) {
    const body = JSON.stringify({ sent_at: Date.now(), events });
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token() };
    // What waits may be of another class than the one on the screen.
    const address = this.sendUrl.replace(`/${this.cohort}/`, `/${events[0].cohort}/`);
    const response = await this.#ask(address, { method: "POST", headers, body }, patience);
    return response?.ok ? response.json() : null;
  }

  // Everything that waits, in its order, a class at a time; answers go to `told` one by one.
  async flush(told) {
    for (let batch = await this.#batch(); batch.length; batch = await this.#batch()) {
      const answer = await this.send(batch);
      if (!answer) return false;
      for (const [place, event] of batch.entries()) {
        await this.forget(event);
        told(event, answer.results[place]);
      }
      if (batch[0].cohort === this.cohort) this.counts = answer;
    }
    return true;
  }

  async #batch() {
    const waiting = (await this.queue()).filter((event) => !event.undecided);
    return waiting.filter((event) => event.cohort === waiting[0].cohort).slice(0, 100);
  }

  async refresh() {
    const have = this.listed ? `?have=${this.listed.version}` : "";
    const response = await this.#ask(this.listUrl + have, {}, 15000);
    if (!response?.ok) return false;
    if (response.status !== 204) {
      this.listed = { ...(await response.json()), key: this.#key };
      this.counts = this.listed;
    }
    this.listed.fetched = Date.now();
    await done(this.#table("lists", "readwrite").put(this.listed));
    return true;
  }

  async #ask(address, options, patience) {
    try {
      const response = await fetch(address, { ...options, signal: AbortSignal.timeout(patience) });
      // The sign-in page comes instead; what waits goes on waiting.
      this.signedOut = response.redirected;
      this.reached = response.ok && !response.redirected;
      return response.redirected ? null : response;
    } catch {
      this.reached = false;
      return null;
    }
  }
}

function token() {
  return document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] ?? "";
}
