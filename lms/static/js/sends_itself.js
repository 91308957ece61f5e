// A form that a person asked for by opening its page: one tap in the message, none here. Scanners that
// look at links run no scripts and change nothing; without scripts the button does it.
document.querySelector("form[data-sends-itself]")?.submit();
