// Nearest first. The position is asked for at a tap, used on this phone, and neither sent nor kept.
const list = document.querySelector("[data-nearest]");
const button = document.querySelector("[data-asks-position]");

function kilometres(one, two) {
  const rad = Math.PI / 180;
  const half = Math.sin((two.lat - one.lat) * rad / 2) ** 2
    + Math.cos(one.lat * rad) * Math.cos(two.lat * rad) * Math.sin((two.lon - one.lon) * rad / 2) ** 2;
  return 12742 * Math.asin(Math.sqrt(half));
}

function sort(here) {
  const rows = [...list.querySelectorAll("[data-lat]")].map((row) => {
    const there = { lat: Number(row.dataset.lat), lon: Number(row.dataset.lon) };
    return { row, far: row.dataset.lat ? kilometres(here, there) : Infinity };
  });
  rows.sort((one, two) => one.far - two.far);
  for (const { row, far } of rows) {
    const words = row.querySelector("[data-far]");
    if (words && far < Infinity) words.textContent = `${far.toFixed(1)} km`;
  }
  list.replaceChildren(...rows.map(({ row }) => row));
}

if (button && navigator.geolocation) {
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => { sort({ lat: coords.latitude, lon: coords.longitude }); button.hidden = true; },
      () => { document.querySelector("[data-no-position]").hidden = false; },
      { maximumAge: 60000, timeout: 10000 },
    );
  });
}
