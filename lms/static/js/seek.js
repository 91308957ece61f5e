// The bar below a film: where one is, and a small picture of where one is going before anything of
// it is fetched. The list of pictures comes with the first look, a sheet of them when it is needed.
const LINE = /(\d+):(\d+):([\d.]+) --> (?:\d+):(?:\d+):[\d.]+\s+(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/g;
const STAYS_MS = 900;

function clock(seconds) {
  const whole = Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

export function storyboard(address) {
  let asked = null;
  const load = () => fetch(address).then(async (answer) => {
    if (!answer.ok) return [];
    const text = await answer.text();
    return [...text.matchAll(LINE)].map(([, hours, minutes, seconds, sheet, ...place]) => ({
      start: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds),
      sheet: new URL(sheet, answer.url || location.href).href,
      place: place.map(Number),
    }));
  });
  return {
    // The picture that stands at this second, or nothing.
    async at(seconds) {
      if (!address) return undefined;
      asked ??= load().catch(() => { asked = null; return []; });
      return (await asked).findLast((tile) => tile.start <= seconds);
    },
  };
}

// A picture with its time, laid over the bottom of the stage.
export function bubble(stage, address) {
  const board = storyboard(address);
  const box = document.createElement("div");
  box.className = "player__peek";
  box.hidden = true;
  box.ariaHidden = "true"; // the bar says the same in words
  const picture = box.appendChild(document.createElement("div"));
  picture.className = "player__tile";
  const words = box.appendChild(document.createElement("span"));
  words.className = "player__when";
  stage.append(box);
  let wanted = -1;
  let leaves = 0;

  async function show(seconds, share, title = "") {
    wanted = seconds;
    clearTimeout(leaves);
    words.textContent = title ? `${clock(seconds)} ${title}` : clock(seconds);
    box.hidden = false;
    const tile = await board.at(seconds);
    if (wanted !== seconds) return;
    picture.hidden = !tile;
    if (tile) {
      const [left, top, width, height] = tile.place;
      Object.assign(picture.style, {
        width: `${width}px`, height: `${height}px`,
        backgroundImage: `url("${tile.sheet}")`, backgroundPosition: `-${left}px -${top}px`,
      });
    }
    // Under the finger, but never beyond the stage.
    const room = stage.clientWidth - box.offsetWidth;
    box.style.insetInlineStart = `${Math.max(0, Math.min(room, share * stage.clientWidth - box.offsetWidth / 2))}px`;
  }

  function hide(after = STAYS_MS) {
    clearTimeout(leaves);
    leaves = setTimeout(() => { box.hidden = true; wanted = -1; }, after);
  }

  return { show, hide };
}

// Also for the browser's own controls: while they are dragged, the film says where it goes.
export function whileSeeking(video, over) {
  video.addEventListener("seeking", () => {
    const length = video.duration || 1;
    if (video.currentTime > 0) over.show(video.currentTime, video.currentTime / length);
  });
  video.addEventListener("seeked", () => over.hide());
}

export function seekable(root, { board, now, seek }) {
  const place = root.querySelector("[data-seek-bar]");
  const range = place.querySelector("input");
  const over = bubble(root.querySelector(".player__stage"), board);
  const chapters = [...root.querySelectorAll("[data-chapter]")];
  const starts = chapters.map((chapter) => Number(chapter.dataset.chapter));
  const within = (seconds) => starts.findLastIndex((start) => start <= seconds);
  const title = (seconds) => chapters[within(seconds)]?.lastElementChild.textContent ?? "";
  let held = false;

  function say(seconds) {
    range.setAttribute("aria-valuetext", [clock(seconds), title(seconds)].filter(Boolean).join(" "));
    chapters.forEach((chapter, number) => {
      if (number === within(seconds)) chapter.setAttribute("aria-current", "true");
      else chapter.removeAttribute("aria-current");
    });
  }

  range.addEventListener("input", () => {
    held = true;
    const seconds = Number(range.value);
    say(seconds);
    over.show(seconds, seconds / Number(range.max), title(seconds));
  });
  range.addEventListener("change", () => {
    held = false;
    seek(Number(range.value));
    over.hide();
  });
  range.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse" || held) return;
    const box = range.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    over.show(share * Number(range.max), share, title(share * Number(range.max)));
  });
  range.addEventListener("pointerleave", () => { if (!held) over.hide(0); });

  const followed = new WeakSet();
  return {
    follow(element) {
      place.hidden = false;
      if (followed.has(element)) return;
      followed.add(element);
      element.addEventListener("durationchange", () => {
        // The beginning of a film that is still being encoded ends sooner than the film.
        if (Number.isFinite(element.duration) && element.duration > 1) range.max = Math.floor(element.duration);
      });
      element.addEventListener("timeupdate", () => {
        if (held || element !== now()) return;
        range.value = element.currentTime;
        say(element.currentTime);
      });
      if (element instanceof HTMLVideoElement) whileSeeking(element, over);
    },
  };
}
