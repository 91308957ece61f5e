// The sixth digit sends the code: typed, pasted, or filled in by the phone from the text message.
const code = document.querySelector("input[autocomplete=one-time-code]");
let sent = "";

code?.focus();
code?.addEventListener("input", () => {
  const digits = code.value.replace(/\D/g, "");
  if (digits.length !== 6 || digits === sent) return;
  sent = digits;
  code.form.requestSubmit();
});
