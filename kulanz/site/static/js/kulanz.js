// Small comforts. Every page works without this file; nothing here decides anything.
"use strict";

document.querySelectorAll("[data-needs-script]").forEach((element) => { element.hidden = false; });

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    const word = copy.querySelector("[data-copied]");
    const before = word.textContent;
    word.textContent = word.dataset.copied;
    setTimeout(() => { word.textContent = before; }, 2000);
    return;
  }
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const target = document.getElementById(opener.dataset.opens);
    if (target instanceof HTMLDialogElement) target.showModal();
    else if (target) { target.open = true; target.querySelector("select, input:not([type=hidden]), textarea")?.focus(); }
  }
  if (event.target.closest("[data-print]")) window.print();
});

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.dataset.sent) { if (form.dataset.sent) event.preventDefault(); return; }
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

// Keys of the desk. They rest while somebody types, and can be looked up with "?".
let pendingG = false;
document.addEventListener("keydown", (event) => {
  if (!document.body.classList.contains("staff") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, textarea, select") || document.querySelector("dialog[open]")) return;
  const rows = [...document.querySelectorAll("a.work-item, a.row-link, [data-line]")];
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const go = (selector) => { const target = document.querySelector(selector); if (target) { event.preventDefault(); target.click(); } };
  if (event.key === "?") { event.preventDefault(); document.getElementById("keys")?.showModal(); }
  else if (event.key === "/") {
    event.preventDefault();
    const field = document.querySelector("[data-search]");
    if (field) field.focus(); else go("[data-key='search']");
  }
  else if ("123".includes(event.key) && here >= 0 && rows[here].matches("[data-line]")) {
    const choice = rows[here].querySelector(`[data-choice="${event.key}"]`);
    if (choice) { event.preventDefault(); choice.form.requestSubmit(choice); }
  }
  else if (event.key === "t" && here >= 0) { const link = rows[here].querySelector("[data-shares-link]"); if (link) { event.preventDefault(); link.click(); } }
  else if (event.key === "a" && pendingG) go("[data-key='worklist']");
  else if (event.key === "h") go("[data-key='hold']");
  else if (event.key === "j" && rows.length) rows[Math.min(here + 1, rows.length - 1)].focus();
  else if (event.key === "k" && rows.length) rows[Math.max(here - 1, 0)].focus();
  pendingG = event.key === "g";
});

// After a decision about a payment the next one is under the hand.
if (location.hash === "#next") document.querySelector("[data-line]")?.focus();

// A summary of errors and a changed state are read out at once.
document.querySelector(".summary")?.focus();

// A slider and its number field say the same; the field counts, the slider is a shortcut.
document.addEventListener("input", (event) => {
  const slider = event.target.closest("[data-moves]");
  if (slider) { const field = document.getElementById(slider.dataset.moves); field.value = slider.value; return; }
  const moved = document.querySelector(`[data-moves="${event.target.id}"]`);
  if (moved && event.target.id) { const typed = parseFloat(event.target.value.replace(/\./g, "").replace(",", ".")); if (!Number.isNaN(typed)) moved.value = typed; }
});

// A payment that is shared out: what is left, while somebody types. The server reckons again before anything is booked.
const sheet = document.querySelector("[data-shares]");
if (sheet) sheet.addEventListener("input", () => {
  const cents = [...sheet.querySelectorAll("[data-share]")].map((field) => {
    const typed = field.value.replace(/EUR|€|\s/g, "");
    if (!typed) return 0;
    if (/^\d{1,12}\.\d{2}$/.test(typed)) return Math.round(parseFloat(typed) * 100);
    return /^(\d{1,3}(\.\d{3})+(?=,)|\d{1,12})(,\d{1,2})?$/.test(typed) ? Math.round(parseFloat(typed.replace(/\./g, "").replace(",", ".")) * 100) : NaN;
  });
  const shared = cents.reduce((sum, each) => sum + each, 0);
  const rest = Number(sheet.dataset.shares) - shared;
  const locale = document.documentElement.lang === "en" ? "en-GB" : "de-DE";
  const shown = (value) => Number.isNaN(value) ? "–" : new Intl.NumberFormat(locale, { style: "currency", currency: sheet.dataset.currency }).format(value / 100).replace("-", "\u2212");
  sheet.querySelector("[data-shared]").textContent = shown(shared);
  const left = sheet.querySelector("[data-rest]");
  left.textContent = shown(rest);
  left.classList.toggle("attention-text", rest !== 0);
});
