// A page that waits for something looks again by itself, but only while somebody looks at it.
for (const place of document.querySelectorAll("[data-looks-again]")) {
  const pause = Number(place.dataset.looksAgain) * 1000;
  setInterval(() => {
    if (document.visibilityState === "visible") location.reload();
  }, pause);
}
