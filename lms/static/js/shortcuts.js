// One key for what a reviewer does a hundred times: data-shortcut="1" on a button, a link or a <details>;
// J and K walk through the links of [data-moves-by-key]. Keys are left alone while somebody types, and whoever
// speaks to the computer instead of typing can switch them off (WCAG 2.1.4).
const OFF = "shortcuts-off";
const isOff = () => localStorage.getItem(OFF) === "1";

for (const button of document.querySelectorAll("[data-toggles-shortcuts]")) {
  const show = () => button.setAttribute("aria-pressed", String(isOff()));
  button.hidden = false;
  button.addEventListener("click", () => {
    if (isOff()) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
    show();
  });
  show();
}

document.addEventListener("keydown", (event) => {
  if (isOff() || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  // A focused link or button has its own use for these two.
  if (["Enter", " "].includes(event.key) && event.target.closest("a, button, summary")) return;
  if (event.key === "j" || event.key === "k") walk(event, event.key === "j" ? 1 : -1);
  else press(event);
});

function walk(event, step) {
  const links = [...document.querySelectorAll("[data-moves-by-key] a")];
  if (!links.length) return;
  event.preventDefault();
  const at = links.indexOf(document.activeElement);
  const to = at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1);
  links[to].focus();
  links[to].scrollIntoView({ block: "nearest" });
}

function press(event) {
  const target = document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.querySelector("select, input:not([type=hidden]), button")?.focus();
  } else target.click();
}
