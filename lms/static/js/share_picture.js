// Hands a picture to the phone's own sharing sheet, where there is one that takes files.
for (const button of document.querySelectorAll("[data-shares]")) {
  const { shares, sharesAs } = button.dataset;
  const blank = new File([], sharesAs, { type: "image/png" });
  if (!navigator.canShare?.({ files: [blank] })) continue;
  button.hidden = false;
  let file;
  // Ready before the tap: a phone that has to wait for a download no longer counts it as the tap's doing.
  const ready = fetch(shares).then((answer) => answer.blob())
    .then((picture) => { file = new File([picture], sharesAs, { type: "image/png" }); });
  button.addEventListener("click", async () => {
    await ready.catch(() => {});
    if (!file) { location.assign(`${shares}?save=1`); return; }
    try {
      await navigator.share({ files: [file], title: document.title });
    } catch (trouble) {
      if (trouble.name !== "AbortError") location.assign(`${shares}?save=1`);
    }
  });
}
