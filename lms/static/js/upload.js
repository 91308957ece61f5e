// The upload page: announces the file, sends it in parts with progress, speed and time left, then
// sends the form. Reloaded, or on another day, the same file goes on where it was. Without this
// script, or where the browser can hash nothing (no https), the form is sent as usual.
import { Stopped, ask, sendInParts } from "./parts.js";

const panel = document.querySelector("[data-upload]");
const error = document.querySelector("[data-upload-error]");
const form = document.querySelector("[data-edit-form]");
const chosen = form?.querySelector("[data-upload-file]");
const say = panel?.dataset;
const HEAD_BYTES = 4096;
const WINDOW_MS = 15_000;

function left(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 90) return `${say.left} ${Math.max(1, Math.round(seconds))} ${say.seconds}`;
  if (seconds < 5400) return `${say.left} ${Math.ceil(seconds / 60)} ${say.minutes}`;
  return `${say.left} ${(seconds / 3600).toFixed(1)} ${say.hours}`;
}

function size(bytes) {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

function words(text) {
  panel.querySelector("[data-upload-words]").textContent = text;
}

// Speed is that of the last seconds: after a lift the hour before says nothing.
function meter() {
  const seen = [];
  return ({ done, fresh, total }) => {
    const now = performance.now();
    seen.push([now, fresh]);
    while (seen.length > 2 && now - seen[0][0] > WINDOW_MS) seen.shift();
    const [then, before] = seen[0];
    const speed = (fresh - before) / Math.max((now - then) / 1000, 0.2);
    const share = total ? done / total : 1;
    panel.querySelector("progress").value = share * 100;
    panel.querySelector("[data-upload-percent]").textContent = `${Math.floor(share * 100)}%`;
    const parts = [`${size(done)} / ${size(total)}`];
    if (speed > 0) parts.push(`${size(speed)}/s`, left((total - done) / speed));
    words(parts.filter(Boolean).join(say.comma));
  };
}

function stop(sentence) {
  panel.hidden = true;
  error.textContent = sentence;
  error.hidden = false;
  error.scrollIntoView({ block: "center" });
}

async function base64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}

async function announcement(file) {
  const data = new FormData(form);
  data.delete("file");
  data.set("name", file.name);
  data.set("size", file.size);
  data.set("modified", file.lastModified);
  try {
    data.set("head", await base64(file.slice(0, HEAD_BYTES)));
  } catch {
    throw new Stopped(say.unreadable);
  }
  return data;
}

async function send(file) {
  const onWait = () => words(say.waiting);
  const base = say.begin;
  const begun = await ask(base, { body: await announcement(file), say, onWait });
  if (!begun.ok) throw new Stopped(begun.told.error);
  const title = form.querySelector("[name=title]");
  if (!title.value) title.value = begun.told.title;
  const known = await sendInParts(file, begun.told, { base, say, onProgress: meter(), onWait });
  words(known === null ? say.sent : say.known.replace("{title}", () => known));
  const data = new FormData(form);
  data.delete("file");
  data.set("upload", begun.told.upload);
  const { told } = await ask(form.action || location.href, { body: data, say, onWait });
  if (!told.success) throw new Stopped(told.error_message || told.error);
  return told.url;
}

// A phone that goes to sleep stops sending. Not every browser can, and none must.
async function staysAwake() {
  try {
    return await navigator.wakeLock.request("screen");
  } catch {
    return null;
  }
}

function asksBeforeLeaving(event) {
  event.preventDefault();
}

async function submit(file) {
  error.hidden = true;
  panel.hidden = false;
  words(say.starting);
  panel.scrollIntoView({ block: "center" }); // on a phone the button is a screen below
  const buttons = form.querySelectorAll("button[type=submit]");
  for (const button of buttons) button.disabled = true;
  addEventListener("beforeunload", asksBeforeLeaving);
  const awake = await staysAwake();
  let url;
  try {
    url = await send(file);
  } catch (trouble) {
    if (!(trouble instanceof Stopped)) console.error(trouble);
    stop(trouble instanceof Stopped && trouble.message ? trouble.message : say.broken);
  }
  awake?.release();
  removeEventListener("beforeunload", asksBeforeLeaving);
  for (const button of buttons) button.disabled = false;
  if (url) location.assign(url);
}

form?.addEventListener("submit", (event) => {
  if (!chosen?.files.length || !window.crypto?.subtle) return;
  event.preventDefault();
  submit(chosen.files[0]);
});
