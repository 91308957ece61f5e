// The staff navigation folds away on a phone; without this script it simply stays open.
const button = document.querySelector("[data-toggles-nav]");
const nav = button && document.getElementById(button.getAttribute("aria-controls"));

button?.addEventListener("click", () => {
  const open = nav.toggleAttribute("data-open");
  button.setAttribute("aria-expanded", String(open));
});
