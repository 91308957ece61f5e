// The player: nothing is loaded before the tap. Native controls; hls.js only where it is wanted.
// Seeking, pausing and speeds from 0.75 to 2 are free: what was really played is told in stretches
// of about fifteen seconds ("study:watched", see study.js).
const STRETCH_S = 15;
const AGAIN_MS = 15_000;
const ENDS_S = 20;
// How often the second is noted at which she is: a phone that dies loses no more than this.
const NOTED_MS = 1500;
const CREDITS_S = 3;
const HOP_S = 10;

for (const root of document.querySelectorAll("[data-player]")) start(root);
point();
addEventListener("hashchange", point);
bringRemarks(document.querySelector("[data-remarks]"));

function start(root) {
  const data = root.dataset;
  lookAgain(root);
  if (!data.engine) return; // nothing to play yet
  const picture = root.querySelector("video[data-picture]");
  const sound = root.querySelector("audio");
  const poster = root.querySelector("[data-plays]");
  const speed = root.querySelector("[data-speed]");
  const say = root.querySelector("[data-message]");
  let hls = null;
  let playing = null;
  let stretch = null;
  let at = Number(data.position) || 0;
  let known = servedAt(data);
  goOnFrom(leftAt(data.unit));

  // ---- where to go on

  // The newest of what the server knew, what this phone noted, and what a page that died had open.
  function goOnFrom(left) {
    if (!left || left.when <= known || left.when > Date.now() + 60_000) return;
    [at, known] = [left.at, left.when];
    data.position = at.toFixed(1);
    sayFrom();
  }

  function sayFrom() {
    const label = root.querySelector("[data-plays-label]");
    if (label && at >= 1) label.textContent = data.from.replace("0:00", clock(at));
  }

  document.addEventListener("study:left", ({ detail }) => { if (detail.unit === data.unit && !playing) goOnFrom(detail); });

  let noted = 0;
  function noteWhere() {
    noted = Date.now();
    known = noted;
    const length = playing?.duration;
    // At the end there is nothing to go on with; where a part is all there is yet, there will be.
    leave(data.unit, length && !data.again && at > length - CREDITS_S ? 0 : at, noted);
  }

  // ---- what to load

  const chosen = () => root.querySelector("[data-quality]:checked")?.value ?? "auto";

  async function open(quality) {
    close();
    // The captions cost a request: they come with the film, not with the page.
    for (const track of picture.querySelectorAll("track[data-src]")) { track.src = track.dataset.src; delete track.dataset.src; }
    say.hidden = true;
    playing = quality === "audio" ? sound : picture;
    sound.hidden = quality !== "audio";
    picture.hidden = quality === "audio";
    poster.hidden = quality !== "audio";
    poster.disabled = quality === "audio";
    root.toggleAttribute("data-open", true);
    playing.playbackRate = playing.defaultPlaybackRate = Number(speed.value);
    if (quality === "audio") source(data.audio);
    else if (quality === "saver" || !data.hls) source(data.saver);
    else await stream();
    playing.play().catch(() => { /* the phone wants one more tap: the controls are there */ });
    tellPhone();
    seekBar();
  }

  // Loaded with the film, never with the page; without it the native controls still seek.
  let bar = null;
  function seekBar() {
    bar ??= import(data.seek).then(({ seekable }) => seekable(root, { board: data.board, now: () => playing, seek }));
    bar.then((made) => made.follow(playing)).catch(() => { bar = null; });
  }

  function seek(seconds) {
    // What was played until now ends here, not where the jump goes.
    end();
    at = seconds;
    if (playing) { playing.currentTime = seconds; noteWhere(); } else open(chosen());
  }

  function source(url) {
    const here = playing;
    here.src = url;
    here.addEventListener("loadedmetadata", () => { here.currentTime = at; }, { once: true });
  }

  async function stream() {
    const Hls = await engine(data.engine).catch(() => null);
    // Chromium now says "maybe" to native HLS and then fails on some streams: ask hls.js first.
    if (Hls?.isSupported()) {
      hls = new Hls({ enableWorker: false, startPosition: at, maxBufferLength: 20, maxMaxBufferLength: 60 });
      hls.on(Hls.Events.ERROR, (_name, error) => { if (error.fatal) fallBack(); });
      hls.loadSource(data.hls);
      hls.attachMedia(picture);
    } else if (picture.canPlayType("application/vnd.apple.mpegurl")) {
      source(data.hls);
    } else {
      source(data.saver);
    }
  }

  function fallBack() {
    hls?.destroy();
    hls = null;
    if (data.saver && navigator.onLine) { source(data.saver); picture.play().catch(() => {}); } else fail();
  }

  function fail() {
    root.toggleAttribute("data-open", false);
    poster.hidden = poster.disabled = false;
    picture.hidden = true;
    say.hidden = false;
    say.textContent = navigator.onLine ? data.failed : data.offline;
  }

  function close() {
    end();
    hls?.destroy();
    hls = null;
    for (const element of [picture, sound]) {
      element.pause();
      if (element.hasAttribute("src")) { element.removeAttribute("src"); element.load(); }
    }
  }

  // ---- what was played

  function begin() {
    if (!stretch && playing) {
      const now = playing.currentTime;
      // A pause or a change of speed drops a few frames between two ticks; nothing was skipped.
      const from = now > at && now - at < 0.6 ? at : now;
      stretch = { from, wall: Date.now(), mono: performance.now() };
      at = now;
    }
  }

  function end() {
    if (!stretch) return;
    const told = facts(stretch);
    stretch = null;
    // `at` is where the last tick was: after a seek, currentTime is already elsewhere.
    if (told.to - told.from < 0.2) return;
    noteWhere();
    document.dispatchEvent(new CustomEvent("study:watched", { detail: told }));
  }

  function facts({ from, wall, mono }) {
    return {
      unit: data.unit,
      from: Number(from.toFixed(2)),
      to: Number(at.toFixed(2)),
      rate: playing.playbackRate,
      started_at: wall,
      // The clock on the wall may be set while we play; the monotonic one may not.
      stopped_at: Math.round(wall + performance.now() - mono),
    };
  }

  // A stretch is told when it ends; a phone whose battery dies ends nothing, so it is told as it grows.
  function tellOpen() {
    noteWhere();
    if (at - stretch.from >= 0.2) document.dispatchEvent(new CustomEvent("study:watching", { detail: facts(stretch) }));
  }

  for (const element of [picture, sound]) {
    element.addEventListener("playing", begin);
    element.addEventListener("timeupdate", () => {
      if (element !== playing || element.seeking || element.paused) return;
      begin();
      at = Math.max(at, element.currentTime);
      if (at - stretch.from >= STRETCH_S * element.playbackRate) { end(); begin(); }
      else if (Date.now() - noted >= NOTED_MS) tellOpen();
    });
    for (const name of ["pause", "ended", "seeking", "ratechange", "emptied"]) {
      element.addEventListener(name, () => {
        if (element !== playing) return;
        if (name !== "seeking" && name !== "emptied" && stretch) at = Math.max(at, element.currentTime);
        end();
      });
    }
    element.addEventListener("seeked", () => {
      if (element !== playing) return;
      at = element.currentTime;
      noteWhere();
      if (!element.paused) begin();
    });
    for (const name of ["playing", "pause", "seeked", "ratechange", "durationchange"]) {
      element.addEventListener(name, () => { if (element === playing) tellWhere(element); });
    }
    element.addEventListener("error", () => { if (element === playing && element.src && !hls) fail(); });
  }

  addEventListener("pagehide", end);
  document.addEventListener("visibilitychange", () => { if (document.hidden) { end(); if (!playing?.paused) begin(); } });

  // ---- what the learner chooses

  poster.addEventListener("click", () => open(chosen()));
  root.addEventListener("click", (event) => {
    const chapter = event.target.closest("[data-chapter]");
    if (!chapter) return;
    seek(Number(chapter.dataset.chapter));
    playing?.play().catch(() => {});
    root.querySelector(".player__stage").scrollIntoView({ block: "nearest" });
  });
  // A better set came while this one was shown (lookAgain): go on in it.
  root.addEventListener("player:leaves", (event) => {
    event.detail.at = playing?.currentTime ?? at;
    event.detail.plays = Boolean(playing && (!playing.paused || playing.ended));
    close();
  });
  root.addEventListener("player:opens", () => open(chosen()));
  for (const input of root.querySelectorAll("[data-quality]")) {
    input.addEventListener("change", () => {
      remember("quality", input.value);
      price();
      if (playing) { at = playing.currentTime || at; open(input.value); }
    });
  }
  speed.addEventListener("change", () => {
    remember("speed", speed.value);
    if (playing) playing.playbackRate = playing.defaultPlaybackRate = Number(speed.value);
  });

  function price() {
    const input = root.querySelector("[data-quality]:checked");
    const tag = root.querySelector("[data-price]");
    if (tag && input) tag.textContent = input.dataset.price;
  }

  // On a data plan the small picture is the first offer; the choice of the learner stands above it.
  const line = navigator.connection;
  const saving = line?.saveData || line?.type === "cellular" || /2g|3g/.test(line?.effectiveType ?? "");
  const wanted = recall("quality") ?? (saving ? "saver" : "auto");
  const input = root.querySelector(`[data-quality][value="${CSS.escape(wanted)}"]`);
  if (input) input.checked = true;
  const pace = recall("speed");
  if (pace && speed.querySelector(`[value="${CSS.escape(pace)}"]`)) speed.value = pace;
  price();

  // Somebody points at a second: a note, an answer, a link in a page.
  document.addEventListener("player:go", ({ detail }) => {
    if (detail.unit !== data.unit) return;
    root.scrollIntoView({ block: "start" });
    if (playing) { seek(detail.at); playing.play().catch(() => {}); return; }
    [at, known] = [detail.at, Date.now()];
    sayFrom();
    if (detail.plays) open(chosen());
  });

  // With the screen locked the phone shows what is heard, and its keys and those of a headset work.
  function tellPhone() {
    const session = navigator.mediaSession;
    if (!session) return;
    const image = root.querySelector(".player__image");
    const artwork = image ? [{ src: image.src, sizes: `${image.getAttribute("width")}x${image.getAttribute("height")}` }] : [];
    session.metadata = new MediaMetadata({ title: data.title, artist: data.course, artwork });
    const keys = {
      play: () => playing?.play().catch(() => {}),
      pause: () => playing?.pause(),
      seekbackward: ({ seekOffset }) => hop(-(seekOffset || HOP_S)),
      seekforward: ({ seekOffset }) => hop(seekOffset || HOP_S),
      seekto: ({ seekTime }) => seek(seekTime),
    };
    for (const [key, act] of Object.entries(keys)) {
      try { session.setActionHandler(key, act); } catch { /* a browser that has no such key */ }
    }
  }

  function hop(seconds) {
    if (playing) seek(Math.max(0, Math.min(playing.duration || Infinity, playing.currentTime + seconds)));
  }

  function tellWhere({ duration, playbackRate, currentTime, paused }) {
    const session = navigator.mediaSession;
    if (!session) return;
    session.playbackState = paused ? "paused" : "playing";
    if (Number.isFinite(duration)) session.setPositionState?.({ duration, playbackRate, position: Math.min(currentTime, duration) });
  }
}

// ---- the second at which she left, by this phone's clock; the map of one student is one entry (keep.js
// takes it away at the sign-out)

function own() {
  const student = document.querySelector("[data-study]")?.dataset.student;
  return student && `left:${student}`;
}

function lefts() {
  try { return JSON.parse(localStorage.getItem(own())) ?? {}; } catch { return {}; }
}

function leftAt(unit) {
  const found = lefts()[unit];
  return found && { at: found[0], when: found[1] };
}

function leave(unit, at, when) {
  if (!own()) return;
  try { localStorage.setItem(own(), JSON.stringify({ ...lefts(), [unit]: [Number(at.toFixed(1)), when] })); } catch { /* private window */ }
}

// When the server's second was true, by this phone's clock: it tells an age, so that neither clock need be
// right. The page was asked for before it was made: counted from there, what the phone itself knows wins.
function servedAt({ age }) {
  const asked = Number(document.documentElement.dataset.kept) || performance.timeOrigin;
  return age ? asked - Number(age) * 1000 : 0;
}

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;
}

// The part of the address after # names a film and a second: #at-<unit>-125
function point() {
  const found = /^#at-([0-9a-f-]{36})-(\d+(?:\.\d+)?)$/.exec(location.hash);
  if (found) document.dispatchEvent(new CustomEvent("player:go", { detail: { unit: found[1], at: Number(found[2]), plays: false } }));
}

// The notebook comes when it is opened, when a film plays (it must be there when the signal is not),
// or when something written is still waiting.
function bringRemarks(box) {
  if (!box) return;
  const bring = () => import(box.dataset.remarks).catch(() => { /* the form works without */ });
  box.addEventListener("toggle", bring, { once: true });
  document.addEventListener("playing", bring, { once: true, capture: true });
  try { if (Object.keys(localStorage).some((key) => key.startsWith("remark:"))) bring(); } catch { /* private window */ }
}

// While a video is being encoded its player asks for a better one, as long as somebody looks. What
// plays is only interrupted when what is there ends.
function lookAgain(root) {
  const address = root.dataset.again;
  if (!address) return;
  const timer = setInterval(async () => {
    if (!root.isConnected) return clearInterval(timer);
    if (document.hidden || !navigator.onLine) return;
    const video = root.querySelector("video[data-picture]");
    const goesOn = video && !video.paused && !(video.duration - video.currentTime < ENDS_S);
    if (goesOn) return;
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok) return;
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    const better = document.adoptNode(parsed.body.firstElementChild);
    const same = (better.dataset.hls ?? "") === (root.dataset.hls ?? "") && Boolean(better.dataset.again);
    if (same) return;
    clearInterval(timer);
    const leaves = new CustomEvent("player:leaves", { detail: { at: 0, plays: false } });
    root.dispatchEvent(leaves);
    if (leaves.detail.at) {
      better.dataset.position = leaves.detail.at.toFixed(1);
      leave(better.dataset.unit, leaves.detail.at, Date.now());
    }
    root.replaceWith(better);
    start(better);
    if (leaves.detail.plays) better.dispatchEvent(new Event("player:opens"));
  }, AGAIN_MS);
}

function engine(url) {
  if (window.Hls) return Promise.resolve(window.Hls);
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Hls);
    script.onerror = reject;
    document.head.append(script);
  });
}

function recall(name) {
  try { return localStorage.getItem(`player-${name}`); } catch { return null; }
}

function remember(name, value) {
  try { localStorage.setItem(`player-${name}`, value); } catch { /* private window */ }
}
