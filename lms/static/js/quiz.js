// Answers are kept as they are tapped: a lost connection at the end loses nothing.
// Without this script the form sends everything at once, which is as good.
const form = document.querySelector("[data-quiz]");

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

form?.addEventListener("change", (event) => {
  const { name, type } = event.target;
  if (!/^q\d+$/.test(name)) return;
  const fields = new FormData(form);
  const given = type === "checkbox" ? fields.getAll(name) : fields.get(name);
  fetch(form.dataset.quiz, {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json", "X-CSRFToken": fields.get("csrfmiddlewaretoken") },
    body: JSON.stringify({ uuid: newId(), version: Number(name.slice(1)), given }),
  }).catch(() => { /* the form still has it */ });
});
