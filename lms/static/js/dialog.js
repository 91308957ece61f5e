// A control with data-opens="id" opens that <dialog>; data-closes inside closes it, and so does a tap beside it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  else if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  else if (event.target.matches("dialog.dialog")) event.target.close();
});
