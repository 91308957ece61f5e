// Day, night or as the phone says; text size. The cookie lets the server paint the right page at once;
// localStorage remembers when a web view forgets its cookies.
const CHOICES = { theme: ["light", "dark"], text: ["large", "larger"] };
const PAPER = { light: "#f6f1e8", dark: "#171411" };
const root = document.documentElement;

function read(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

function keep(name, value) {
  const known = CHOICES[name].includes(value);
  try { known ? localStorage.setItem(name, value) : localStorage.removeItem(name); } catch { /* private window */ }
  const age = known ? 31536000 : 0;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${known ? value : ""}; path=/; max-age=${age}; SameSite=Lax${secure}`;
}

function show(name, value) {
  if (CHOICES[name].includes(value)) root.dataset[name] = value;
  else delete root.dataset[name];
  if (name === "theme") {
    for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
      meta.content = PAPER[value] ?? PAPER[meta.media.includes("dark") ? "dark" : "light"];
    }
  }
}

function mark(name) {
  const now = root.dataset[name] ?? "auto";
  for (const input of document.querySelectorAll(`input[data-choice="${name}"]`)) input.checked = input.value === now;
}

root.classList.add("js");
for (const name of Object.keys(CHOICES)) {
  const stored = read(name);
  if (stored && stored !== root.dataset[name]) { show(name, stored); keep(name, stored); }
  mark(name);
}

document.addEventListener("change", (event) => {
  const name = event.target.dataset?.choice;
  if (!name) return;
  show(name, event.target.value);
  keep(name, event.target.value);
  mark(name);
});

// A page brought back from the back-forward cache may be older than the last choice.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const name of Object.keys(CHOICES)) { show(name, read(name)); mark(name); }
});

// An open menu closes when one taps beside it or presses Escape.
for (const menu of document.querySelectorAll("details[data-menu]")) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); }
  });
}
