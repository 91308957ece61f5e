// Sends the upload form with progress: percentage, speed, time left. Without this script the
// form is sent as usual.
const panel = document.querySelector("[data-upload]");
const error = document.querySelector("[data-upload-error]");
const form = document.querySelector("[data-edit-form]");
const chosen = form?.querySelector("[data-upload-file]");

function left(seconds) {
  const say = panel.dataset;
  return seconds < 90
    ? `${say.sayLeft} ${Math.max(1, Math.round(seconds))} ${say.saySeconds}`
    : `${say.sayLeft} ${Math.round(seconds / 60)} ${say.sayMinutes}`;
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function show(sent, total, started) {
  const share = total ? sent / total : 0;
  const seconds = (performance.now() - started) / 1000;
  const speed = sent / Math.max(seconds, 0.1);
  panel.querySelector("progress").value = share * 100;
  panel.querySelector("[data-upload-percent]").textContent = `${Math.floor(share * 100)}%`;
  panel.querySelector("[data-upload-words]").textContent =
    sent >= total
      ? panel.dataset.saySent
      : `${megabytes(sent)} / ${megabytes(total)}，${megabytes(speed)}/s，${left((total - sent) / speed)}`;
}

function fail(sentence) {
  panel.hidden = true;
  error.textContent = sentence;
  error.hidden = false;
  for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = false;
  error.scrollIntoView({ block: "center" });
}

function send() {
  const request = new XMLHttpRequest();
  const started = performance.now();
  request.open("POST", form.action || location.href);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => show(event.loaded, event.total, started));
  request.addEventListener("load", () => {
    const answer = request.response;
    if (answer?.success) location.assign(answer.url);
    else fail(answer?.error_message || panel.dataset.sayBroken);
  });
  for (const trouble of ["error", "abort", "timeout"]) {
    request.addEventListener(trouble, () => fail(panel.dataset.sayBroken));
  }
  request.send(new FormData(form));
}

form?.addEventListener("submit", (event) => {
  if (!chosen?.files.length) return;
  event.preventDefault();
  error.hidden = true;
  panel.hidden = false;
  for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = true;
  show(0, chosen.files[0].size, performance.now());
  send();
});
