// Which rendition of a film comes first on this phone; read by player.js. It is the phone's plan that
// pays, so the choice stays on the phone.
const KEY = "player-quality";
const inputs = [...document.querySelectorAll("[data-quality-first]")];

try {
  const kept = localStorage.getItem(KEY) ?? "";
  for (const input of inputs) input.checked = input.value === kept;
} catch { /* private window */ }

for (const input of inputs) {
  input.addEventListener("change", () => {
    try { input.value ? localStorage.setItem(KEY, input.value) : localStorage.removeItem(KEY); } catch { /* private window */ }
  });
}
