document.querySelector("[data-prints]")?.addEventListener("click", () => print());
