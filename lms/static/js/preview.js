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
  // Without a worker: it would need blob: scripts, and fMP4 needs no repackaging. A short
  // buffer, because this page is often only looked at.
  const player = new window.Hls({ enableWorker: false, maxBufferLength: 10 });
  player.loadSource(box.dataset.hls);
  player.attachMedia(video);
}

for (const box of document.querySelectorAll("[data-preview]")) attach(box);
