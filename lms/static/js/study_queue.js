// Study records on this phone, for the pages and for the worker alike (a plain script: both can load it).
// A record goes only when the server has said what became of it. It bears its student's name: on a borrowed
// phone nobody's study is sent under another name. The database holds them; where there is none (a private
// window, an old web view) localStorage does, and where that is full, the page itself, which then says so.
self.studyQueue ??= (() => {
  const NAME = "study-records";
  const [WAITING, REFUSED, SENDER] = ["waiting", "refused", "sender"];
  const PREFIX = "study:";
  const BATCH = 200;
  // Browsers refuse more (64 KB) to a request that may outlive its page.
  const KEEPALIVE_BYTES = 60_000;
  const FINAL = [400, 404, 413, 422];
  const onPage = new Map();
  let opened = null;

  // ---- the database

  function open() {
    opened ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        const database = asked.result;
        // Oldest first, one student at a time.
        database.createObjectStore(WAITING, { keyPath: "uuid" }).createIndex("own", ["student", "at"]);
        database.createObjectStore(REFUSED, { keyPath: "uuid" }).createIndex("own", ["student", "at"]);
        database.createObjectStore(SENDER, { keyPath: "id" });
      };
      asked.onsuccess = () => {
        // Another page deletes or renews the database: let go, and open it anew when needed.
        asked.result.onversionchange = () => { asked.result.close(); opened = null; };
        asked.result.onclose = () => { opened = null; };
        resolve(asked.result);
      };
      asked.onerror = () => reject(asked.error);
      asked.onblocked = () => reject(new Error("blocked"));
    });
    return opened.catch((error) => { opened = null; throw error; });
  }

  // The answer of `act` counts when the whole transaction lies on the disk.
  async function within(names, mode, act, durability = "strict") {
    const database = await open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(names, mode, { durability });
      let request;
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
      request = act(...names.map((name) => transaction.objectStore(name)));
    });
  }

  const own = (student) => IDBKeyRange.bound([student, 0], [student, Infinity]);

  // ---- the two fallbacks

  function locals() {
    const found = [];
    try {
      for (const key of Object.keys(localStorage)) {
        if (!key.startsWith(PREFIX)) continue;
        try { found.push(named(JSON.parse(localStorage.getItem(key)))); } catch { localStorage.removeItem(key); }
      }
    } catch { /* the worker has no localStorage, a private window none that answers */ }
    return found;
  }

  const elsewhere = (student) => [...onPage.values(), ...locals()].filter((one) => one.student === student);

  // Records that an older page of ours left in localStorage have no time of their own.
  const named = (record) => ({ at: record.started_at ?? Date.now(), ...record });

  function drop(uuid) {
    onPage.delete(uuid);
    try { localStorage.removeItem(PREFIX + uuid); } catch { /* none there */ }
  }

  // ---- what pages call

  // Written at once, without waiting: a page that is being closed finishes nothing.
  function jot(record) {
    try {
      localStorage.setItem(PREFIX + record.uuid, JSON.stringify(record));
    } catch {
      onPage.set(record.uuid, named(record));
    }
  }

  // Answers whether every record lies where it outlives the page.
  async function settle() {
    const loose = [...onPage.values(), ...locals()];
    if (!loose.length) return true;
    try {
      await within([WAITING, SENDER], "readwrite", (waiting, store) => {
        for (const record of loose) { waiting.put(record); store.delete(OPEN + record.uuid); }
      });
      for (const { uuid } of loose) drop(uuid);
      return true;
    } catch {
      return onPage.size === 0;
    }
  }

  async function waiting(student, most = Infinity) {
    const limit = Number.isFinite(most) ? most : undefined;
    const kept = await within([WAITING], "readonly", (store) => store.index("own").getAll(own(student), limit))
      .catch(() => []);
    const known = new Set(kept.map((one) => one.uuid));
    const all = [...kept, ...elsewhere(student).filter((one) => !known.has(one.uuid))];
    return all.sort((a, b) => a.at - b.at).slice(0, limit);
  }

  async function count(student) {
    const kept = await within([WAITING], "readonly", (store) => store.index("own").count(own(student))).catch(() => 0);
    return kept + elsewhere(student).length;
  }

  const refused = (student) => within([REFUSED], "readonly", (store) => store.index("own").getAll(own(student)))
    .catch(() => []);

  async function forget(uuids) {
    for (const uuid of uuids) drop(uuid);
    await within([WAITING, REFUSED, SENDER], "readwrite", (kept, bad, store) => {
      for (const uuid of uuids) { kept.delete(uuid); bad.delete(uuid); store.delete(OPEN + uuid); }
    }).catch(() => {});
  }

  // What the server will never take stays on the phone with its reason, until the student has seen it.
  async function refuse(records, reasonOf) {
    await within([WAITING, REFUSED], "readwrite", (kept, bad) => {
      for (const record of records) {
        bad.put({ ...record, reason: reasonOf(record) });
        kept.delete(record.uuid);
      }
    }).catch(() => {});
    for (const { uuid } of records) drop(uuid);
  }

  // Who sends, for the worker: it has no page to ask.
  const introduce = (sender) => within([SENDER], "readwrite", (store) => store.put({ ...sender, id: 1 })).catch(() => {});
  const sender = () => within([SENDER], "readonly", (store) => store.get(1)).catch(() => undefined);

  // ---- the stretch that plays now

  // Beside the sender, under a name of its own; gone as soon as the stretch lies among what waits.
  const OPEN = "open:";

  async function keepOpen(record) {
    // Every few seconds: it must outlive the browser, not the battery.
    await within([SENDER], "readwrite", (store) => store.put({ id: OPEN + record.uuid, record }), "relaxed");
  }

  // Stretches whose page lives no more wait like any other from now on. Without locks nobody can tell, so
  // what grew within the last minute is left to its page.
  async function adopt(student) {
    const rows = await within([SENDER], "readonly", (store) => store.getAll(IDBKeyRange.bound(OPEN, `${OPEN}~`))).catch(() => []);
    const held = rows.length && self.navigator.locks ? (await self.navigator.locks.query()).held.map(({ name }) => name) : null;
    const dead = rows.map((row) => row.record).filter((record) => record.student === student
      && (held ? !held.includes(OPEN + record.uuid) : record.stopped_at < Date.now() - 60_000));
    if (!dead.length) return [];
    await within([WAITING, SENDER], "readwrite", (waiting, store) => {
      for (const record of dead) { waiting.put(record); store.delete(OPEN + record.uuid); }
    });
    return dead;
  }

  // ---- sending

  // One sender at a time among all tabs and the worker; a second one has nothing to do.
  async function flush(who, tell = () => {}) {
    const work = () => send(who, tell);
    if (!self.navigator.locks) return work();
    return self.navigator.locks.request("study-send", { ifAvailable: true }, (lock) => (lock ? work() : { busy: true }));
  }

  async function send(who, tell) {
    await settle();
    const sent = new Set();
    let size = BATCH;
    for (;;) {
      const next = await waiting(who.student, size);
      if (!next.length) return { left: 0 };
      // Taken by the server and still here: the phone does not let go. Once more is for the next visit.
      if (sent.has(next[0].uuid)) return { left: next.length, later: "phone" };
      // A quiz is an act of its own; stretches and texts go together.
      const quiz = next[0].kind === "quiz";
      const end = next.findIndex((one) => one.kind === "quiz");
      const batch = quiz ? next.slice(0, 1) : next.slice(0, end < 0 ? size : end);
      const answer = await post(who, quiz ? batch[0].path : who.url, batch);
      if (answer.later) return { left: await count(who.student), ...answer };
      if (answer.never) {
        // One bad record must not hold up the good ones.
        if (batch.length > 1) { size = Math.ceil(batch.length / 2); continue; }
        await refuse(batch, () => answer.never);
      } else {
        await take(batch, answer);
        for (const { uuid } of batch) sent.add(uuid);
        tell(answer);
      }
      size = BATCH;
    }
  }

  async function post(who, path, events) {
    const body = JSON.stringify({ device: who.device, student: who.student, sent_at: Date.now(), events });
    let response;
    try {
      response = await fetch(path, {
        method: "POST",
        // Answers of a quiz may be Chinese: three bytes a sign.
        keepalive: body.length * (events[0].kind === "quiz" ? 3 : 1) < KEEPALIVE_BYTES,
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": who.csrf },
        body,
      });
    } catch {
      return { later: "line" };
    }
    // Signed out, or somebody else signed in: the sign-in page or a refusal comes, and the records stay.
    if (response.redirected) return { later: "signed-out" };
    const answer = await response.json().catch(() => null);
    if (response.ok) return answer ?? { later: "line" };
    if (FINAL.includes(response.status)) return { never: answer?.error ?? String(response.status) };
    return { later: response.status >= 500 || response.status === 429 ? "server" : "signed-out",
      afterS: Number(response.headers.get("Retry-After")) || 0 };
  }

  async function take(batch, answer) {
    const verdicts = new Map(answer.results.map((one) => [one.uuid, one]));
    const never = batch.filter((one) => !verdicts.has(one.uuid) || verdicts.get(one.uuid).never);
    const gone = new Set(never);
    await forget(batch.filter((one) => !gone.has(one)).map((one) => one.uuid));
    if (never.length) await refuse(never, (one) => verdicts.get(one.uuid)?.never ?? "");
  }

  return { jot, settle, waiting, count, refused, forget, introduce, sender, keepOpen, adopt, flush };
})();
