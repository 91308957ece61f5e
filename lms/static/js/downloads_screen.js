// What the screens say of downloads: a row per lesson, this week in one tap, the room on the phone, the marks on a
// course's path, and the player of a lesson that lies here.
let api = null;
// data-say-start="下载" on the page is words.start here.
const said = Object.entries(document.querySelector("[data-download-words]")?.dataset ?? {});
const words = Object.fromEntries(said.map(([name, text]) => [name.replace(/^say./, (start) => start.slice(3).toLowerCase()), text]));
const rows = () => document.querySelectorAll("[data-download-row]");
const megabytes = (bytes) => {
  const size = bytes / 1024 / 1024;
  if (size >= 1024) return `${(size / 1024).toFixed(1)} GB`;
  return size >= 10 ? `${Math.round(size)} MB` : `${Math.max(size, 0.1).toFixed(1)} MB`;
};

export function show(given) {
  api = given;
  api.watch(refresh);
  for (const row of rows()) bind(row);
  bindScreen();
  refresh();
}

// ---------------------------------------------------------------- rows

const takes = () => document.querySelector("[data-take]:checked")?.value ?? "picture";

function wanted(row) {
  const take = takes() === "sound" && Number(row.dataset.sound) ? "sound" : "picture";
  return { lesson: row.dataset.downloadRow, source: row.dataset.source, title: row.dataset.title, take, bytes: Number(row.dataset[take]) };
}

function bind(row) {
  const button = row.querySelector("[data-act]");
  button.dataset.bound = "";
  button.addEventListener("click", () => act(row));
  row.querySelector("[data-drop]").addEventListener("click", () => api.remove(row.dataset.downloadRow));
}

async function act(row) {
  const { state } = row.dataset;
  if (state === "going" || state === "waits") await api.pause(row.dataset.downloadRow);
  else await begin([row]);
}

async function begin(chosen) {
  const list = chosen.filter((row) => row.dataset.state !== "done").map(wanted);
  if (!list.length) return;
  const bytes = list.reduce((sum, one) => sum + one.bytes, 0);
  if (!(await api.fits(bytes))) {
    await say("space", bytes);
    return;
  }
  const way = api.dear() ? await say("dear", bytes) : "go";
  if (way === "go") await api.start(list);
  // It begins by itself as soon as there is Wi-Fi.
  if (way === "wait") await api.start(list.map((one) => ({ ...one, state: "waits" })));
}

// Asks in a dialog; answers the name of the button.
async function say(name, bytes) {
  const dialog = document.querySelector(`[data-download-dialog="${name}"]`);
  const told = await api.room();
  for (const box of dialog.querySelectorAll("[data-bytes]")) box.textContent = megabytes(bytes);
  for (const box of dialog.querySelectorAll("[data-free]")) box.textContent = megabytes(told?.free ?? 0);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}

function paint(row, record) {
  const state = record?.state ?? "none";
  row.dataset.state = state;
  const bytes = record?.bytes ?? wanted(row).bytes;
  const share = record && bytes ? Math.min(100, Math.floor((100 * (record.have ?? 0)) / bytes)) : 0;
  row.querySelector("[data-price]").textContent = megabytes(record?.bytes || Number(row.dataset[wanted(row).take]));
  const line = {
    none: "", going: navigator.onLine ? words.going : words.stalled, waits: words.waits, paused: words.paused, done: words.done,
    failed: words[record?.reason] ?? words.failed,
  }[state];
  row.querySelector("[data-state-words]").textContent = ["going", "paused"].includes(state) ? `${line} ${share}%` : line;
  const bar = row.querySelector("progress");
  bar.hidden = !["going", "paused"].includes(state);
  bar.value = share;
  const button = row.querySelector("[data-act]");
  button.hidden = state === "done";
  const name = { none: "start", going: "pause", waits: "pause", paused: "resume", failed: "retry" }[state];
  if (name) {
    for (const icon of button.querySelectorAll("[data-sign]")) icon.hidden = icon.dataset.sign !== (name === "pause" ? "pause" : "start");
    button.querySelector(".button__label").textContent = words[name];
    button.setAttribute("aria-label", `${words[name]} ${row.dataset.title}`);
  }
  const drop = row.querySelector("[data-drop]");
  drop.hidden = state === "none";
  drop.setAttribute("aria-label", `${words.drop} ${row.dataset.title}`);
}

// ---------------------------------------------------------------- the whole screen

function bindScreen() {
  const screen = document.querySelector("[data-downloads-screen]");
  if (!screen) return;
  const stored = recall("download-take");
  for (const control of screen.querySelectorAll("[data-takes-along]")) control.dataset.bound = "";
  for (const input of screen.querySelectorAll("[data-take]")) {
    if (input.value === stored) input.checked = true;
    input.addEventListener("change", () => { remember("download-take", input.value); refresh(); });
  }
  screen.querySelector("[data-week]")?.addEventListener("click", () => {
    const week = screen.querySelector("[data-week]").dataset.week.split(" ");
    begin([...rows()].filter((row) => week.includes(row.dataset.downloadRow)));
  });
}

// Every piece is news; one drawing at a time is enough.
let drawing = false;
let dirty = false;

async function refresh() {
  dirty = true;
  if (drawing) return;
  drawing = true;
  while (dirty) {
    dirty = false;
    await draw().catch(() => {});
  }
  drawing = false;
}

async function draw() {
  const records = new Map((await api.list()).map((record) => [record.lesson, record]));
  for (const row of rows()) paint(row, records.get(row.dataset.downloadRow));
  for (const mark of document.querySelectorAll("[data-saved]")) mark.hidden = records.get(mark.dataset.saved)?.state !== "done";
  tellPlayers([...records.values()].filter((record) => record.state === "done"));
  await paintScreen([...records.values()]);
}

// What lies here comes first: when the screen opens, not under the finger that has just tapped.
let sorted = false;

function bringUp(screen, records) {
  if (sorted) return;
  sorted = true;
  const mine = screen.querySelector("[data-mine]");
  for (const row of rows()) if (records.some((one) => one.lesson === row.dataset.downloadRow)) mine.querySelector("ul").append(row);
  mine.hidden = !mine.querySelector("li");
}

async function paintScreen(records) {
  const screen = document.querySelector("[data-downloads-screen]");
  if (!screen) return;
  bringUp(screen, records);
  const button = screen.querySelector("[data-week]");
  if (button) {
    const ahead = button.dataset.week.split(" ");
    const missing = [...rows()].filter((row) => ahead.includes(row.dataset.downloadRow) && row.dataset.state !== "done");
    button.querySelector("[data-week-price]").textContent = megabytes(missing.reduce((sum, row) => sum + wanted(row).bytes, 0));
    const week = ahead.map((lesson) => records.find((record) => record.lesson === lesson)?.state);
    button.hidden = week.every((state) => state === "done" || state === "going");
    screen.querySelector("[data-week-done]").hidden = !week.every((state) => state === "done");
  }
  const done = records.filter((record) => record.state === "done");
  const here = done.reduce((sum, record) => sum + record.bytes, 0);
  screen.querySelector("[data-here]").hidden = !done.length;
  screen.querySelector("[data-here]").textContent = words.here.replace("#", done.length).replace("@", megabytes(here));
  const told = await api.room();
  const meter = screen.querySelector("[data-room]");
  meter.hidden = !told;
  if (!told) return;
  const bar = meter.querySelector("meter");
  bar.max = told.quota;
  bar.value = told.used;
  meter.querySelector("[data-room-words]").textContent = words.room.replace("@", megabytes(told.free));
}

// A film that lies here is played from here: no stream, no price.
function tellPlayers(done) {
  for (const player of document.querySelectorAll("[data-player]")) {
    const record = done.find((one) => one.units?.includes(player.dataset.unit));
    if (!record || player.dataset.kept) continue;
    player.dataset.kept = record.take;
    player.dataset.hls = "";
    if (record.take === "sound") {
      const sound = player.querySelector('[data-quality][value="audio"]');
      if (sound) sound.checked = true;
    }
    const price = player.querySelector("[data-price]");
    if (price) price.textContent = words.kept;
  }
}

function recall(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

function remember(name, value) {
  try { localStorage.setItem(name, value); } catch { /* private window */ }
}
