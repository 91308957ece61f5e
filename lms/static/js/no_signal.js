// The page without a signal, shown in place of another: what that was and what it weighs stands on the pages
// that this phone has kept. As soon as there is a signal, the page itself comes.
const box = document.querySelector("[data-not-kept]");

async function find(path) {
  for (const name of ["study-pages-1", "study-pages-down-1"]) {
    if (!(await caches.has(name))) continue;
    const shelf = await caches.open(name);
    for (const request of await shelf.keys()) {
      if (request.url.endsWith("X-Kept-For")) continue;
      const page = new DOMParser().parseFromString(await (await shelf.match(request)).text(), "text/html");
      const link = [...page.querySelectorAll("a[data-size]")].find((one) => one.getAttribute("href") === path);
      if (link) return { title: link.dataset.title ?? link.textContent.trim(), size: link.dataset.size };
    }
  }
  return null;
}

if (box && location.pathname.startsWith("/learn/lessons/")) {
  box.hidden = false;
  document.querySelector("[data-plain]").hidden = true;
  find(location.pathname).then((lesson) => {
    if (!lesson) return;
    box.querySelector("[data-title]").textContent = lesson.title;
    box.querySelector("[data-size-words]").hidden = false;
    box.querySelector("[data-size]").textContent = lesson.size;
  }).catch(() => {});
}
addEventListener("online", () => location.reload());
