// A page of the application that is left half-way (a call, an order, a locked screen) keeps what was typed.
const form = document.querySelector("form[data-keep]");
let typed = false;

form?.addEventListener("input", () => { typed = true; });
form?.addEventListener("submit", () => { typed = false; });
document.addEventListener("visibilitychange", () => {
  if (!form || !typed || document.visibilityState !== "hidden") return;
  typed = false;
  const address = new URL(form.action || location.href);
  address.searchParams.set("keep", "1");
  fetch(address, { method: "POST", body: new FormData(form), keepalive: true, redirect: "manual" }).catch(() => { typed = true; });
});

// A field that only one choice needs: data-shown-by="name=value".
for (const input of document.querySelectorAll("[data-shown-by]")) {
  const [name, value] = input.dataset.shownBy.split("=");
  const field = input.closest(".field");
  const show = () => { field.hidden = !form.querySelector(`[name="${name}"][value="${value}"]`)?.checked; };
  form.addEventListener("change", show);
  show();
}
