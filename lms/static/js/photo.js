// A photo is shrunk on the phone before it travels: 5 MB become about 300 KB, and the place where
// it was taken stays behind. What cannot be sent is kept, to be tried again with one tap.
const SIDE = 1600;
const QUALITY = 0.85;

async function shrink(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close?.();
    const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return small && small.size < file.size ? small : file;
  } catch {
    return file; // an unknown format or an old browser: the server shrinks it
  }
}

function send(address, body, onProgress) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-Requested-With", "fetch");
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(Math.round((100 * event.loaded) / event.total));
    request.onload = () => done(request);
    request.onerror = request.ontimeout = failed;
    request.timeout = 90000;
    request.send(body);
  });
}

for (const field of document.querySelectorAll("form[data-photo]")) {
  const frame = field.querySelector("[data-photo-frame]");
  const state = field.querySelector("[data-photo-state]");
  const retry = field.querySelector("[data-photo-retry]");
  const label = field.querySelector("h2").firstChild.textContent.trim();
  let waiting = null;

  const say = (text, failed = false) => {
    state.textContent = text;
    field.classList.toggle("photo-field--failed", failed);
    retry.hidden = !(failed && waiting);
  };

  async function upload() {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", field.elements.csrfmiddlewaretoken.value);
    body.set("photo", waiting, "photo.jpg");
    say(state.dataset.busy);
    let answer;
    try {
      answer = await send(field.action, body, (share) => say(`${state.dataset.busy} ${share}%`));
    } catch {
      return say(state.dataset.failed, true);
    }
    if (answer.status !== 200) {
      let sentence = state.dataset.failed;
      try { sentence = JSON.parse(answer.responseText).sentence ?? sentence; } catch { /* not ours */ }
      if (answer.status === 400) waiting = null; // the picture itself is at fault: take another
      return say(sentence, true);
    }
    const image = new Image();
    image.alt = label;
    image.src = URL.createObjectURL(waiting);
    frame.replaceChildren(image);
    waiting = null;
    field.classList.add("photo-field--done");
    say(`✓ ${state.dataset.done}`);
  }

  field.addEventListener("change", async (event) => {
    const [file] = event.target.files ?? [];
    if (!file) return;
    say(state.dataset.busy);
    waiting = await shrink(file);
    event.target.value = "";
    await upload();
  });
  retry.addEventListener("click", upload);
}
