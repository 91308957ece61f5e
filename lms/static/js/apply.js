// What is typed is kept at once: when a field is left, when the fingers rest, when the page is (a call, an order, a
// locked screen, a battery that dies).
const REST_MS = 1200;
const form = document.querySelector("form[data-keep]");
let typed = false;
let resting = 0;
let keeping = null; // the request under way

function keep() {
  clearTimeout(resting);
  if (!typed) return keeping;
  typed = false;
  const address = new URL(form.action || location.href);
  address.searchParams.set("keep", "1");
  const sent = fetch(address, { method: "POST", body: new FormData(form), keepalive: true, redirect: "manual" })
    .catch(() => { typed = true; })
    .finally(() => { if (keeping === sent) keeping = null; });
  keeping = sent;
  return sent;
}

form?.addEventListener("input", () => {
  typed = true;
  clearTimeout(resting);
  resting = setTimeout(keep, REST_MS);
});
form?.addEventListener("change", keep);
document.addEventListener("visibilitychange", () => {
  if (form && document.visibilityState === "hidden") keep();
});
form?.addEventListener("submit", (event) => {
  clearTimeout(resting);
  typed = false;
  if (!keeping) return;
  // An older answer that is still on its way must not arrive after the newer one.
  event.preventDefault();
  const { submitter } = event;
  Promise.race([keeping, new Promise((done) => setTimeout(done, 3000))]).finally(() => {
    keeping = null;
    form.requestSubmit(submitter);
  });
});

// A field that only one choice needs: data-shown-by="name=value".
for (const input of document.querySelectorAll("[data-shown-by]")) {
  const [name, value] = input.dataset.shownBy.split("=");
  const field = input.closest(".field");
  const show = () => { field.hidden = !form.querySelector(`[name="${name}"][value="${value}"]`)?.checked; };
  form.addEventListener("change", show);
  show();
}

// The keyboard's "next" goes to the next field; only from the last one does it send the page. On a page whose answers
// are buttons it must not press the first of them.
form?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches("input:not([type=checkbox], [type=radio])")) return;
  const fields = [...form.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio])")].filter((field) => field.offsetParent);
  const next = fields[fields.indexOf(event.target) + 1];
  if (!next && !form.querySelector(".tap-list")) return;
  event.preventDefault();
  if (next) next.focus(); else event.target.blur();
});
