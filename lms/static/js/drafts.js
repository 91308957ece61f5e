// What is being written stays in this browser until the server has taken it: a session that ended or
// a train in a tunnel costs no answer.
const PREFIX = "draft:";
const KEPT_MS = 14 * 24 * 3600 * 1000;
const boxes = [...document.querySelectorAll("textarea[data-draft]")];

function read(key) {
  try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
}

for (const box of boxes) {
  const key = PREFIX + box.dataset.draft;
  if (!box.value) box.value = read(key)?.text ?? "";
  box.addEventListener("input", () => {
    try { localStorage.setItem(key, JSON.stringify({ text: box.value, at: Date.now() })); } catch { /* private window */ }
  });
  box.form.addEventListener("submit", () => {
    try { sessionStorage.setItem(key, "sent"); } catch { /* private window */ }
  });
}

// Sent, and not asked for any more: it has arrived.
try {
  const asked = new Set(boxes.map((box) => PREFIX + box.dataset.draft));
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(PREFIX)) continue;
    const arrived = sessionStorage.getItem(key) && !asked.has(key);
    if (!arrived && Date.now() - (read(key)?.at ?? 0) < KEPT_MS) continue;
    localStorage.removeItem(key);
    sessionStorage.removeItem(key);
  }
} catch { /* private window */ }
