"use strict";
// A page of facts, with a script: what is typed is kept on this device until it stands in the register, so that a lost
// connection or a closed browser costs nothing. Only the button writes the register; without a script it does the same.
(function () {
  const form = document.getElementById("facts");
  if (!form) return;
  const say = form.dataset, status = document.getElementById("saved"), store = "ocop-facts:" + form.action;
  const typed = Array.from(form.querySelectorAll("input[type=text],input[type=radio],textarea"));

  function plain(text) {
    return text.normalize("NFC").replace(/\r\n?/g, "\n").trim();
  }
  function words() {
    const fields = {};
    for (const each of typed) if (each.type !== "radio" || each.checked) fields[each.name] = plain(each.value);
    return fields;
  }
  function kept() {
    try { return JSON.parse(localStorage.getItem(store) || "null"); } catch (broken) { return null; }
  }
  function keep(sent) {
    try { localStorage.setItem(store, JSON.stringify({ fields: words(), seen: form.elements.seen.value, sent: sent })); } catch (full) { return; }
  }
  function forget() {
    try { localStorage.removeItem(store); } catch (none) { return; }
  }
  function same(left) {
    const now = words();
    return Object.keys(left).every(function (name) { return !(name in now) || now[name] === left[name]; });
  }

  const left = kept();
  // The answer to a save says itself what became of it: its fields hold what was sent.
  if (!left || same(left.fields) || form.dataset.answered) forget();
  else {
    for (const each of typed) {
      if (!(each.name in left.fields)) continue;
      if (each.type === "radio") each.checked = each.value === left.fields[each.name]; else each.value = left.fields[each.name];
    }
    // What was seen then: when others have written since, the save says so and shows both.
    if (!left.sent) form.elements.seen.value = left.seen;
    for (const part of form.querySelectorAll("details")) part.open = true;
    status.textContent = say.restored;
  }
  form.addEventListener("input", function (event) {
    if (typed.includes(event.target)) keep(false);
  });
  form.addEventListener("submit", function (event) {
    if (navigator.onLine) { keep(true); return; }
    event.preventDefault();
    keep(false);
    status.textContent = say.offline;
    status.scrollIntoView({ block: "center" });
  });
  window.addEventListener("online", function () { if (status.textContent === say.offline) status.textContent = say.online; });
})();
