// The quiz of a downloaded lesson: what was ticked stays on this page until it is handed in, then goes the way of
// every study record (study.js). Without this script the form sends itself, which needs a signal.
const form = document.querySelector("[data-paper]");
const done = document.querySelector("[data-handed-in]");
const began = Date.now();
// Of this paper only: a new download asks anew.
const DRAFT = `paper:${document.querySelector("[data-study]")?.dataset.student}:${location.pathname}`;
const questions = () => [...new Set([...form.elements].map(({ name }) => name).filter((name) => /^q\d+/.test(name)))];

function filled() {
  return [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
}

function keepDraft() {
  try { localStorage.setItem(DRAFT, JSON.stringify(filled())); } catch { /* the page still has it */ }
}

function restore() {
  let draft = null;
  try { draft = JSON.parse(localStorage.getItem(DRAFT)); } catch { /* none */ }
  if (!draft || new Map(draft).get("paper") !== form.elements.paper.value) return;
  for (const [name, value] of draft) {
    for (const input of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (["radio", "checkbox"].includes(input.type)) input.checked ||= input.value === value;
      else if (name !== "paper") input.value = value;
    }
  }
}

let warned = false;

form.addEventListener("change", keepDraft);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = filled();
  const answered = new Set(fields.filter(([, value]) => value.trim()).map(([name]) => name));
  const blank = questions().filter((name) => !answered.has(name)).length;
  const warning = form.querySelector("[data-blank]");
  if (blank && !warned) {
    warned = true;
    warning.hidden = false;
    warning.querySelector("[data-blank-count]").textContent = blank;
    warning.scrollIntoView({ block: "center" });
    form.querySelector("[data-hand-in]").hidden = true;
    form.querySelector("[data-sure]").hidden = false;
    return;
  }
  document.dispatchEvent(new CustomEvent("study:handed-in", { detail: { path: location.pathname, fields, started_at: began } }));
  try { localStorage.removeItem(DRAFT); } catch { /* none */ }
  form.hidden = true;
  done.hidden = false;
  done.querySelector("a, button")?.focus();
  scrollTo(0, 0);
});

document.addEventListener("study:handed-back", ({ detail }) => {
  const link = done.querySelector("[data-result]");
  if (!detail.result || done.hidden) return;
  link.hidden = false;
  link.querySelector("a").href = detail.result;
});

restore();
