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

// Fetched while there is a signal: what the screen will show until the end. `off` is how far this phone's clock is
// behind the server's.
let ahead = null;

async function fetchAhead() {
  try {
    const sent = Date.now();
    const answer = await fetch(board.dataset.ahead, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!answer.ok || answer.redirected) return;
    ahead = await answer.json();
    ahead.off = ahead.now_ms - (sent + Date.now()) / 2;
  } catch { /* no signal yet: the next fresh code asks again */ }
}

// A step's picture is a square of bits, row by row, in base64.
function draw(bits) {
  const bytes = atob(bits);
  const { size, border } = ahead;
  let path = "";
  for (let at = 0; at < size * size; at++) {
    if (bytes.charCodeAt(at >> 3) >> (7 - (at & 7)) & 1) path += `M${at % size} ${Math.floor(at / size)}h1v1h-1z`;
  }
  const edge = size + 2 * border;
  code.innerHTML = `<svg viewBox="${-border} ${-border} ${edge} ${edge}"><path fill="#fff" d="M${-border} ${-border}h${edge}v${edge}h-${edge}z"/><path d="${path}"/></svg>`;
}

function showAhead() {
  const step = Math.floor((Date.now() + (ahead?.off ?? 0)) / 1000 / (ahead?.step_s ?? 1));
  const bits = ahead?.pictures[step - ahead.first_step];
  if (bits) draw(bits);
  return Boolean(bits);
}

async function round() {
  if (document.visibilityState === "visible") {
    let shown = true;
    try {
      await ask();
      if (!ahead) fetchAhead();
    } catch { /* no signal in the basement: what was fetched goes on */
      shown = showAhead() || Date.now() - freshAt < STALE_MS;
    }
    part("offline").hidden = shown;
  }
  setTimeout(round, EVERY_MS);
}

async function stayAwake() {
  if (document.visibilityState !== "visible" || (lock && !lock.released)) return;
  try { lock = await navigator.wakeLock?.request("screen"); } catch { /* battery saver says no */ }
}

document.addEventListener("visibilitychange", stayAwake);
stayAwake();
fetchAhead();
setTimeout(round, EVERY_MS);
