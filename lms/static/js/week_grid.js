// Paint hours like with a brush: the first cell decides whether the stroke paints or wipes.
// Without this script every cell is a plain checkbox.
for (const grid of document.querySelectorAll("[data-week-grid]")) {
  const boxes = [...grid.querySelectorAll("input")];
  let brush = null;

  const boxAt = (event) => {
    const found = document.elementFromPoint(event.clientX, event.clientY);
    return found?.closest(".week-grid__cell")?.querySelector("input");
  };
  grid.addEventListener("pointerdown", (event) => {
    const box = boxAt(event);
    if (!box || event.button) return;
    brush = !box.checked;
    box.checked = brush;
    event.target.releasePointerCapture?.(event.pointerId);
  });
  grid.addEventListener("pointermove", (event) => {
    if (brush === null) return;
    const box = boxAt(event);
    if (box && grid.contains(box)) box.checked = brush;
  });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { brush = null; });
  // The stroke has painted the cell already: the click that follows must not turn it back.
  grid.addEventListener("click", (event) => { if (event.detail) event.preventDefault(); });
  grid.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    const at = boxes.indexOf(event.target);
    if (!step || at < 0 || !boxes[at + step]) return;
    event.preventDefault();
    // Held with Shift, the arrows paint as they go.
    if (event.shiftKey) boxes[at + step].checked = boxes[at].checked;
    boxes[at + step].focus();
  });
  for (const button of document.querySelectorAll("[data-paints]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      for (const box of boxes) box.checked = button.dataset.paints[Number(box.value)] === "1";
    });
  }
}
