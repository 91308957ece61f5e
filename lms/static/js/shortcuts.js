// One key for what a reviewer does a hundred times: data-shortcut="1" on a button, a link or a <details>.
// Keys are left alone while somebody types.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, select, textarea, summary, a, button, [contenteditable]")) return;
  const target = document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.querySelector("select, input:not([type=hidden]), button")?.focus();
  } else target.click();
});
