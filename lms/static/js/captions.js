// Captions beside their film: rows of times and words. The plain text below them is what is sent, so
// the page also works without this script; every change is drafted on this computer until it is saved.
const root = document.querySelector("[data-captions]");
const words = root.dataset;
const film = root.querySelector("video");
const form = root.querySelector("[data-captions-form]");
const plain = form.elements.captions_vtt;
const list = root.querySelector("[data-list]");
const mould = document.querySelector("template[data-row]");
const DRAFT = `captions-${words.captions}`;
const CHECK_MS = 600;
let saved = null;
let checking = 0;
let asked = 0;

// ---- times

function clock(ms) {
  const rest = (ms % 60000) / 1000;
  const minutes = Math.floor(ms / 60000);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest.toFixed(3).padStart(6, "0")}`;
}

function milliseconds(text) {
  const found = /^\s*(?:(\d{1,3})[:：])?(?:(\d{1,3})[:：])?(\d{1,5})(?:[.,，。](\d{1,3}))?\s*$/.exec(text);
  if (!found) return NaN;
  // "1:02" is a minute and two seconds: the first number is hours only where a third follows.
  const [hours, minutes] = found[2] === undefined ? [0, found[1] ?? 0] : [found[1], found[2]];
  if ((found[1] !== undefined && Number(found[3]) > 59) || (found[2] !== undefined && Number(minutes) > 59)) return NaN;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(found[3])) * 1000 + Number((found[4] ?? "0").padEnd(3, "0"));
}

const now = () => Math.round((film?.currentTime ?? 0) * 1000);

// ---- rows

function row(cue) {
  const item = mould.content.firstElementChild.cloneNode(true);
  item.querySelector("[data-start]").value = clock(cue.start_ms);
  item.querySelector("[data-end]").value = clock(cue.end_ms);
  item.querySelector("[data-text]").value = cue.text;
  return item;
}

function read(item) {
  const text = item.querySelector("[data-text]").value.split("\n").map((line) => line.trim()).filter(Boolean).join("\n");
  return {
    item,
    start_ms: milliseconds(item.querySelector("[data-start]").value),
    end_ms: milliseconds(item.querySelector("[data-end]").value),
    text,
  };
}

const rows = () => [...list.children].map(read);

function fault(cue) {
  if (Number.isNaN(cue.start_ms) || Number.isNaN(cue.end_ms)) return words.timeFault;
  if (cue.end_ms <= cue.start_ms) return words.orderFault;
  return cue.text ? "" : words.emptyFault;
}

function vtt(cues) {
  const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const blocks = cues.map((cue) => `${clock(cue.start_ms)} --> ${clock(cue.end_ms)}\n${escaped(cue.text)}`);
  return blocks.length ? `WEBVTT\n\n${blocks.join("\n\n")}\n` : "";
}

function show(cues) {
  list.replaceChildren(...cues.map(row));
}

// ---- what is said about them

function changed({ keep = true } = {}) {
  const cues = rows();
  let faults = 0;
  for (const cue of cues) {
    const said = fault(cue);
    const place = cue.item.querySelector("[data-cue-fault]");
    place.textContent = said;
    place.hidden = !said;
    cue.item.classList.toggle("cue--wrong", Boolean(said));
    faults += Boolean(said);
  }
  const line = root.querySelector("[data-fault]");
  line.hidden = !faults;
  line.textContent = words.faults.replace("{count}", faults);
  const good = cues.filter((cue) => !fault(cue)).sort((one, other) => one.start_ms - other.start_ms);
  drawOnFilm(good);
  if (keep) draft(cues);
  clearTimeout(checking);
  checking = setTimeout(() => check(good), CHECK_MS);
  return faults;
}

async function check(cues) {
  const mine = ++asked;
  const body = JSON.stringify({ cues: cues.map(({ start_ms, end_ms, text }) => ({ start_ms, end_ms, text })) });
  const token = form.elements.csrfmiddlewaretoken.value;
  const answer = await fetch(words.check, { method: "POST", body, headers: { "X-CSRFToken": token } }).catch(() => null);
  if (!answer?.ok || mine !== asked) return;
  const { hints } = await answer.json();
  for (const item of list.children) item.querySelector("[data-cue-hints]").replaceChildren();
  for (const hint of hints) {
    const said = document.createElement("li");
    said.textContent = hint.sentence;
    cues[hint.cue]?.item.querySelector("[data-cue-hints]").append(said);
  }
  for (const item of list.children) {
    const said = item.querySelector("[data-cue-hints]");
    said.hidden = !said.childElementCount;
  }
  const hinted = new Set(hints.map((hint) => hint.cue)).size;
  root.querySelector("[data-count-line]").textContent = words.count.replace("{count}", list.childElementCount).replace("{hints}", hinted);
}

let track = null;
function drawOnFilm(cues) {
  if (!film) return;
  track ??= film.addTextTrack("captions", "", "zh");
  track.mode = "showing";
  for (const old of [...(track.cues ?? [])]) track.removeCue(old);
  for (const cue of cues) {
    const drawn = new VTTCue(cue.start_ms / 1000, cue.end_ms / 1000, "");
    drawn.text = cue.text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    track.addCue(drawn);
  }
}

// ---- the draft

function draft(cues) {
  try {
    const kept = cues.map(({ item }) => ({
      start: item.querySelector("[data-start]").value, end: item.querySelector("[data-end]").value, text: item.querySelector("[data-text]").value,
    }));
    localStorage.setItem(DRAFT, JSON.stringify({ at: Date.now(), vtt: vtt(cues.filter((cue) => !fault(cue))), kept }));
  } catch { /* a full or private store: the warning before leaving is left */ }
}

function drafted() {
  try { return JSON.parse(localStorage.getItem(DRAFT)); } catch { return null; }
}

function offerDraft() {
  const found = drafted();
  if (!found) return;
  if (found.vtt === saved) return localStorage.removeItem(DRAFT);
  const offer = root.querySelector("[data-draft]");
  offer.querySelector("[data-draft-when]").textContent = new Date(found.at).toLocaleString(document.documentElement.lang);
  offer.hidden = false;
  offer.querySelector("[data-draft-take]").addEventListener("click", () => {
    show([]);
    for (const cue of found.kept) {
      const item = row({ start_ms: 0, end_ms: 0, text: cue.text });
      item.querySelector("[data-start]").value = cue.start;
      item.querySelector("[data-end]").value = cue.end;
      list.append(item);
    }
    offer.hidden = true;
    asRows();
    changed();
  });
  offer.querySelector("[data-draft-drop]").addEventListener("click", () => {
    localStorage.removeItem(DRAFT);
    offer.hidden = true;
  });
}

// ---- what can be done with rows

const acts = {
  plays(item) {
    const cue = read(item);
    if (!film || Number.isNaN(cue.start_ms)) return;
    film.currentTime = cue.start_ms / 1000;
    film.play();
  },
  startNow(item) { item.querySelector("[data-start]").value = clock(now()); },
  endNow(item) { item.querySelector("[data-end]").value = clock(now()); },
  splits(item) {
    const area = item.querySelector("[data-text]");
    const cue = read(item);
    const caret = area.selectionStart > 0 && area.selectionStart < area.value.length ? area.selectionStart : Math.ceil(area.value.length / 2);
    const [before, after] = [area.value.slice(0, caret).trim(), area.value.slice(caret).trim()];
    if (!before || !after || fault(cue)) return;
    // Words take their time: the border lies where the speaker will be.
    const border = Math.round(cue.start_ms + ((cue.end_ms - cue.start_ms) * before.length) / (before.length + after.length));
    const second = row({ start_ms: border, end_ms: cue.end_ms, text: after });
    item.replaceWith(row({ start_ms: cue.start_ms, end_ms: border, text: before }), second);
    second.querySelector("[data-text]").focus();
  },
  merges(item) {
    const next = item.nextElementSibling;
    if (!next) return;
    const [one, other] = [read(item), read(next)];
    const text = [one.text, other.text].filter(Boolean).join("\n");
    const joined = row({ start_ms: 0, end_ms: 0, text });
    joined.querySelector("[data-start]").value = item.querySelector("[data-start]").value;
    joined.querySelector("[data-end]").value = next.querySelector("[data-end]").value;
    next.remove();
    item.replaceWith(joined);
    joined.querySelector("[data-text]").focus();
  },
  deletes(item) {
    const near = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    near?.querySelector("[data-text]").focus();
  },
};

list.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const item = button?.closest("[data-cue]");
  const act = button && Object.keys(acts).find((name) => name in button.dataset);
  if (!act) return;
  acts[act](item);
  if (act !== "plays") changed();
});
list.addEventListener("input", () => changed());

root.querySelector("[data-adds]").addEventListener("click", () => {
  const start_ms = now();
  const added = row({ start_ms, end_ms: start_ms + 2000, text: "" });
  const after = rows().find((cue) => cue.start_ms > start_ms);
  list.insertBefore(added, after?.item ?? null);
  added.querySelector("[data-text]").focus();
  changed();
});

for (const button of root.querySelectorAll("[data-shift-by]")) {
  button.addEventListener("click", () => {
    const by = Math.round(Number(root.querySelector("[data-shift]").value) * 1000) * Number(button.dataset.shiftBy);
    const cues = rows().filter((cue) => !Number.isNaN(cue.start_ms) && !Number.isNaN(cue.end_ms));
    const first = Math.min(...cues.map((cue) => cue.start_ms));
    if (!by || !cues.length) return;
    if (first + by < 0) {
      const line = root.querySelector("[data-fault]");
      line.textContent = words.tooFar.replace("{most}", (first / 1000).toFixed(1));
      line.hidden = false;
      return;
    }
    for (const { item, start_ms, end_ms } of cues) {
      item.querySelector("[data-start]").value = clock(start_ms + by);
      item.querySelector("[data-end]").value = clock(end_ms + by);
    }
    changed();
  });
}

film?.addEventListener("timeupdate", () => {
  const at = now();
  for (const cue of rows()) cue.item.classList.toggle("cue--now", cue.start_ms <= at && at < cue.end_ms);
});

// ---- plain text, where it cannot be rows

for (const button of document.querySelectorAll("[data-line]")) {
  button.addEventListener("click", () => {
    const lines = plain.value.split("\n");
    const line = Number(button.dataset.line) - 1;
    const start = lines.slice(0, line).join("\n").length + (line ? 1 : 0);
    plain.focus();
    plain.setSelectionRange(start, start + (lines[line]?.length ?? 0));
    plain.scrollTop = (plain.scrollHeight / lines.length) * Math.max(0, line - 4);
  });
}

function asRows() {
  root.querySelector("[data-rows]").hidden = false;
  root.querySelector("[data-plain]").hidden = true;
}

let leaving = false;
form.addEventListener("submit", (event) => {
  if (root.querySelector("[data-rows]").hidden) { leaving = true; return; }
  if (changed()) {
    event.preventDefault();
    list.querySelector(".cue--wrong [data-start]").focus();
    return;
  }
  plain.value = vtt(rows().sort((one, other) => one.start_ms - other.start_ms));
  leaving = true;
});
addEventListener("beforeunload", (event) => {
  const text = root.querySelector("[data-rows]").hidden ? plain.value : vtt(rows());
  if (!leaving && text !== saved) event.preventDefault();
});

const cues = JSON.parse(document.getElementById("captions-cues").textContent);
if (words.asRows) {
  show(cues);
  asRows();
  changed({ keep: false });
}
saved = words.asRows ? vtt(rows()) : plain.value;
offerDraft();
