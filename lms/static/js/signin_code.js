// The tutor's code page: asks for the code and the names every few seconds while it is looked at, and keeps the
// screen awake. Without this script the page renews itself.
const EVERY_MS = 4000;
const STALE_MS = 60000; // as long as a shown code still counts on the server
const board = document.querySelector("[data-signin-code]");
const part = (name) => board.querySelector(`[data-${name}]`);
const code = board.querySelector(".qr-frame__code");
let freshAt = Date.now();
let lock = null;

function showNames(names) {
  const list = part("names");
  const shown = [...list.children].map((item) => item.textContent);
  if (names.join("\n") === shown.join("\n")) return;
  const fresh = names.length - shown.length;
  list.replaceChildren(...names.map((name, index) => {
    const item = document.createElement("li");
    item.className = index < fresh ? "name-wall__name name-wall__name--new" : "name-wall__name";
    item.textContent = name;
    return item;
  }));
}

function put(element, text) {
  if (element.textContent !== String(text)) element.textContent = text; // an unchanged status is not spoken again
}

async function ask() {
  const answer = await fetch(board.dataset.signinCode, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (answer.redirected) return location.reload(); // signed out meanwhile
  if (!answer.ok) throw new Error(answer.status);
  const state = await answer.json();
  if (!state.is_open) return location.reload();
  code.innerHTML = state.svg; // our own server's drawing, nothing typed by people
  put(part("says"), state.says);
  put(part("present"), state.present);
  put(part("booked"), state.booked);
  showNames(state.names);
  freshAt = Date.now();
}

async function round() {
  if (document.visibilityState === "visible") {
    try { await ask(); } catch { /* no signal in the basement: the next round tries again */ }
    part("offline").hidden = Date.now() - freshAt < STALE_MS;
  }
  setTimeout(round, EVERY_MS);
}

async function stayAwake() {
  if (document.visibilityState !== "visible" || (lock && !lock.released)) return;
  try { lock = await navigator.wakeLock?.request("screen"); } catch { /* battery saver says no */ }
}

document.addEventListener("visibilitychange", stayAwake);
stayAwake();
setTimeout(round, EVERY_MS);
