// On a phone the number is dialled at once (the phone itself asks before it calls); a desk only shows it.
const link = document.querySelector("[data-dials]");
if (link && matchMedia("(pointer: coarse)").matches) location.href = link.href;
