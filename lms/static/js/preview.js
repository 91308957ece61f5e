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
  if (!("MediaSource" in window) && video.canPlayType(HLS_TYPE)) {
    video.src = box.dataset.hls;
    return;
  }
  await load(box.dataset.hlsPlayer);
  // Without a worker: it would need blob: scripts, and repackaging fMP4 is no work at all.
  const player = new window.Hls({ enableWorker: false, autoStartLoad: false });
  player.loadSource(box.dataset.hls);
  player.attachMedia(video);
  // Nobody's data plan pays for a page that is only looked at.
  video.addEventListener("play", () => player.startLoad(), { once: true });
}

for (const box of document.querySelectorAll("[data-preview]")) attach(box);
