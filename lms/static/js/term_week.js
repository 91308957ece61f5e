// Dragging a class to another day sends what its own page would send; taps and keys use that page.
const form = document.querySelector("[data-drags]");
let dragged = "";

for (const card of document.querySelectorAll("[data-class]")) {
  card.addEventListener("dragstart", (event) => {
    dragged = card.dataset.class;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged);
  });
}
for (const day of document.querySelectorAll("[data-day]")) {
  day.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    day.classList.add("term-week__day--target");
  });
  day.addEventListener("dragleave", () => day.classList.remove("term-week__day--target"));
  day.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!dragged || !form) return;
    form.action = dragged;
    form.elements.day.value = day.dataset.day;
    form.requestSubmit();
  });
}
