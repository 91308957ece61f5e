// A plain player: natively where only that exists (iPhone), else through hls.js.
const HLS_TYPE = "application/vnd.apple.mpegurl";

function load(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
}

async function attach(box) {
  const video = box.querySelector("video");
  if (box.dataset.board) {
    // Through the page, because the addresses of scripts carry their digests in service.
    import(box.dataset.seek).then(({ bubble, whileSeeking }) => whileSeeking(video, bubble(box, box.dataset.board)));
  }
  if (!("MediaSource" in window) && video.canPlayType(HLS_TYPE)) {
    video.src = box.dataset.hls;
    return;
  }
  await load(box.dataset.hlsPlayer);
  // Without a worker: it would need blob: scripts, and fMP4 needs no repackaging. A short
  // buffer, because this page is often only looked at.
  const player = new window.Hls({ enableWorker: false, maxBufferLength: 10 });
  player.loadSource(box.dataset.hls);
  player.attachMedia(video);
}

for (const box of document.querySelectorAll("[data-preview]")) attach(box);

// Beside the list of chapters: a line for the moment that is on the screen.
const chapters = document.querySelector("[data-chapters]");
document.querySelector("[data-adds-chapter]")?.addEventListener("click", () => {
  const whole = Math.floor(document.querySelector("[data-preview] video").currentTime);
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const rest = String(seconds).padStart(2, "0");
  const time = hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  const lines = chapters.value.trimEnd();
  chapters.value = `${lines}${lines ? "\n" : ""}${time} `;
  chapters.dispatchEvent(new Event("input", { bubbles: true }));
  chapters.focus();
});
