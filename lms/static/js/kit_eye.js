// The camera that reads QR codes: the phone's own detector where there is one, else a small decoder
// that is loaded only then.
const PAUSE = 90;
const WIDEST = 720;

function load(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = () => reject(new Error("decoder"));
    document.head.append(script);
  });
}

export class Eye {
  constructor(video, decoder) {
    this.video = video;
    this.decoder = decoder;
    this.canvas = document.createElement("canvas");
    this.seen = () => {};
    this.looking = false;
  }

  // What reading needs is fetched; a page that is opened in a basement does this while there is a signal.
  async prepare() {
    this.read ??= await this.#reader();
  }

  async start() {
    await this.prepare();
    const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 960 } };
    this.stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    this.video.srcObject = this.stream;
    await this.video.play();
    this.looking = true;
    this.#look();
  }

  stop() {
    this.looking = false;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
  }

  async #reader() {
    if ("BarcodeDetector" in window) {
      const formats = await window.BarcodeDetector.getSupportedFormats();
      if (formats.includes("qr_code")) {
        const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
        return async () => (await detector.detect(this.video))[0]?.rawValue ?? "";
      }
    }
    await load(this.decoder);
    return async () => this.#decode();
  }

  #decode() {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, WIDEST / Math.max(videoWidth, videoHeight));
    const [width, height] = [Math.round(videoWidth * scale), Math.round(videoHeight * scale)];
    if (!width) return "";
    Object.assign(this.canvas, { width, height });
    const ink = this.canvas.getContext("2d", { willReadFrequently: true });
    ink.drawImage(this.video, 0, 0, width, height);
    const { data } = ink.getImageData(0, 0, width, height);
    return window.jsQR(data, width, height, { inversionAttempts: "dontInvert" })?.data ?? "";
  }

  async #look() {
    while (this.looking) {
      if (this.video.readyState >= 2 && document.visibilityState === "visible") {
        const text = await this.read().catch(() => "");
        if (text) this.seen(text);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}
