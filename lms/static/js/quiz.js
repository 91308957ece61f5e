// Answers are kept as they are tapped: a lost connection at the end loses nothing. What could not be sent
// waits on the phone and goes with the next answer, the next signal or the next visit.
// Without this script the form sends everything at once, which is as good.
const form = document.querySelector("[data-quiz]");
const shelf = `quiz:${form?.dataset.quiz}`;
const token = () => form.elements.csrfmiddlewaretoken.value;

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// ---------------------------------------------------------------- what is answered

function below(fields, name) {
  const found = {};
  for (const [key, value] of fields.entries()) {
    if (key.startsWith(`${name}-`) && value) found[key.slice(name.length + 1)] = value;
  }
  return found;
}

function partOf(fields, name) {
  const many = form.querySelector(`[type="checkbox"][name="${name}"]`);
  return many ? fields.getAll(name) : fields.get(name) ?? "";
}

function givenBy(task, name) {
  const fields = new FormData(form);
  const kind = task?.dataset.kind;
  if (kind === "matching") return below(fields, name);
  if (kind === "ordering") {
    const places = below(fields, name);
    return Object.keys(places).sort((a, b) => places[a] - places[b]);
  }
  if (kind === "case") {
    const names = new Set([...task.querySelectorAll("[name]")].map((field) => field.name));
    return Object.fromEntries([...names].map((key) => [key.slice(name.length + 1), partOf(fields, key)]));
  }
  return partOf(fields, name);
}

// ---------------------------------------------------------------- keeping

function waiting() {
  try { return JSON.parse(localStorage.getItem(shelf)) ?? []; } catch { return []; }
}

function shelve(rows) {
  try {
    if (rows.length) localStorage.setItem(shelf, JSON.stringify(rows)); else localStorage.removeItem(shelf);
  } catch { /* a full or forbidden store: the form still has it */ }
}

let sending = false;
async function send() {
  if (sending) return;
  sending = true;
  try {
    for (let rows = waiting(); rows.length; rows = waiting()) {
      const answer = await fetch(form.dataset.quiz, {
        method: "POST",
        keepalive: true,
        headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
        body: JSON.stringify(rows[0]),
      });
      if (answer.status >= 500) break;
      // Kept, or refused for good: in both cases it is not sent again.
      shelve(waiting().filter((row) => row.uuid !== rows[0].uuid));
    }
  } catch { /* no signal: the next answer or the next signal tries again */ }
  sending = false;
}

form?.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches("[data-hand]")) return;
  const found = /^(q(\d+))(-|$)/.exec(field.name);
  if (!found) return;
  const task = field.closest("[data-question]");
  const row = { uuid: newId(), version: Number(found[2]), given: givenBy(task, found[1]) };
  shelve([...waiting().filter((other) => other.version !== row.version), row]);
  send();
});
if (form) {
  addEventListener("online", send);
  send();
}

// ---------------------------------------------------------------- putting in order by tap or key

function number(list) {
  const steps = [...list.children];
  steps.forEach((step, place) => {
    const [up, down] = step.querySelectorAll("[data-move]");
    up.disabled = place === 0;
    down.disabled = place === steps.length - 1;
  });
}

for (const list of document.querySelectorAll("[data-order]")) {
  for (const step of list.children) {
    step.querySelector("select").hidden = true;
    step.querySelector("select").classList.add("visually-hidden");
    step.querySelector(".question__moves").hidden = false;
  }
  number(list);
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const step = button.closest("li");
    if (button.dataset.move === "-1") step.previousElementSibling?.before(step);
    else step.nextElementSibling?.after(step);
    [...list.children].forEach((row, place) => { row.querySelector("select").value = String(place + 1); });
    number(list);
    // The button moved with its step, and may have come to an end.
    (button.disabled ? step.querySelector("[data-move]:not(:disabled)") : button).focus();
    const status = list.parentElement.querySelector("[data-order-status]");
    const name = step.querySelector("label").textContent.trim();
    const place = [...list.children].indexOf(step) + 1;
    status.textContent = status.dataset.text.replace("%(name)s", name).replace("%(place)s", place);
    step.querySelector("select").dispatchEvent(new Event("change", { bubbles: true }));
  });
}

for (const input of document.querySelectorAll("[data-hand]")) {
  input.addEventListener("change", () => {
    if (input.files.length) input.closest(".question__hand").querySelector("[name=upload]").click();
  });
}

// ---------------------------------------------------------------- exams

const exam = document.querySelector("[data-exam]");
if (exam && form) {
  const left = exam.querySelector("[data-exam-left]");
  const lost = exam.querySelector("[data-exam-lost]");
  let ends = performance.now() + (exam.dataset.ends - exam.dataset.now) * 1000;
  let here = true;
  const show = () => {
    if (!here) return;
    const seconds = Math.max(0, Math.round((ends - performance.now()) / 1000));
    left.textContent = left.dataset.text
      .replace("%(minutes)s", Math.floor(seconds / 60)).replace("%(seconds)s", String(seconds % 60).padStart(2, "0"));
    if (seconds > 0) return;
    clearInterval(ticking);
    left.textContent = left.dataset.over;
    const sure = Object.assign(document.createElement("input"), { type: "hidden", name: "sure", value: "1" });
    form.append(sure);
    form.submit();
  };
  // While there is no signal the clock stands still, so the questions are out of sight too.
  const signal = (is) => {
    here = is;
    lost.hidden = is;
    form.hidden = !is;
  };
  const ask = async () => {
    try {
      const answer = await fetch(exam.dataset.exam, { method: "POST", headers: { "X-CSRFToken": token() } });
      const told = await answer.json();
      if (told.submitted) return location.reload();
      ends = performance.now() + told.left_s * 1000;
      signal(true);
      send();
    } catch { signal(false); }
  };
  const ticking = setInterval(show, 1000);
  setInterval(ask, 20000);
  addEventListener("offline", () => signal(false));
  addEventListener("online", ask);
  show();
}
