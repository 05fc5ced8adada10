"use strict";
// The form of a story, with a script: saves by itself, keeps words while there is no connection, sends pictures as they
// are taken, records a voice. Without it the form does the same in one piece.
(function () {
  const form = document.getElementById("tell");
  if (!form) return;
  const say = form.dataset, status = document.getElementById("saved");
  const store = "ocop-draft:" + form.action, csrf = form.elements.csrf.value;
  const typed = Array.from(form.querySelectorAll("input[type=text],textarea,input[name=machine]"));
  let timer = 0, running = false, again = false, stopped = false;

  function words() {
    const fields = {};
    for (const each of typed) fields[each.name] = each.type === "checkbox" ? (each.checked ? "1" : "") : each.value;
    return fields;
  }
  function keep(fields, seen) {
    try { localStorage.setItem(store, JSON.stringify({ fields: fields, seen: seen })); } catch (full) { return; }
  }
  function forget() {
    try { localStorage.removeItem(store); } catch (none) { return; }
  }
  function kept() {
    try { return JSON.parse(localStorage.getItem(store) || "null"); } catch (broken) { return null; }
  }
  function tell(text, href) {
    status.textContent = "";
    const place = href ? status.appendChild(document.createElement("a")) : status;
    if (href) place.href = href;
    place.textContent = text;
  }
  function send(path, body) {
    return fetch(form.action + path, { method: "POST", headers: { "x-csrf": csrf, accept: "application/json" }, body: body, redirect: "manual" });
  }

  async function save() {
    clearTimeout(timer);
    if (stopped) return;
    if (running) { again = true; return; }
    running = true;
    const fields = words(), seen = form.elements.seen.value;
    keep(fields, seen);
    tell(say.sending);
    try {
      const body = new URLSearchParams(fields);
      body.set("seen", seen);
      const answer = await send("/draft", body);
      const kind = answer.headers.get("content-type") || "";
      const said = kind.startsWith("application/json") ? await answer.json() : null;
      if (answer.ok && said) {
        form.elements.seen.value = said.seen;
        if (JSON.stringify(words()) === JSON.stringify(fields)) forget(); else again = true;
        tell(said.said);
      } else if (answer.status === 409 && said) {
        stopped = true;
        forget();
        tell(say.clash, said.clash);
      } else if (answer.status === 422 && said) tell(said.problem);
      else if (answer.status === 403) tell(say.signedOut);
      else { tell(say.offline); timer = setTimeout(save, 15000); }
    } catch (offline) {
      tell(say.offline);
      timer = setTimeout(save, 15000);
    }
    running = false;
    if (again) { again = false; timer = setTimeout(save, 300); }
  }

  form.addEventListener("input", function (event) {
    if (!typed.includes(event.target)) return;
    keep(words(), form.elements.seen.value);
    clearTimeout(timer);
    timer = setTimeout(save, 1200);
  });
  form.addEventListener("submit", function () { clearTimeout(timer); stopped = true; forget(); });
  window.addEventListener("online", save);
  document.addEventListener("visibilitychange", function () { if (document.hidden && kept()) save(); });

  const left = kept();
  if (left && JSON.stringify(left.fields) !== JSON.stringify(words())) {
    for (const each of typed) {
      if (!(each.name in left.fields)) continue;
      if (each.type === "checkbox") each.checked = left.fields[each.name] === "1"; else each.value = left.fields[each.name];
    }
    form.elements.seen.value = left.seen;
    tell(say.restored);
    timer = setTimeout(save, 1200);
  } else forget();

  // Pictures go one by one, as they are taken.
  for (const place of form.querySelectorAll("[data-place]")) {
    const input = place.querySelector("input[type=file]"), note = place.querySelector(".sent");
    input.addEventListener("change", async function () {
      if (!input.files.length) return;
      const body = new FormData();
      body.set("photo", input.files[0]);
      note.textContent = say.photoSending;
      try {
        const answer = await send("/photo/" + place.dataset.place, body), said = await answer.json();
        note.textContent = said.problem || "";
        if (!answer.ok) return;
        let shown = place.querySelector("img");
        if (!shown) { shown = document.createElement("img"); shown.alt = ""; place.prepend(shown); }
        shown.src = said.picture;
        input.value = "";
      } catch (offline) { note.textContent = say.lost; }
    });
  }

  // Dictation, where the browser has it.
  const Listener = window.SpeechRecognition || window.webkitSpeechRecognition;
  if (Listener) for (const part of form.querySelectorAll("[data-dictate]")) {
    const area = part.querySelector("textarea"), button = document.createElement("button");
    let ear = null;
    button.type = "button";
    button.className = "quiet dictate";
    button.textContent = say.listen;
    part.appendChild(button);
    function listen() {
      ear = new Listener();
      ear.lang = say.lang === "vi" ? "vi-VN" : "en-US";
      ear.continuous = true;
      ear.onresult = function (event) {
        for (let i = event.resultIndex; i < event.results.length; i++) {
          if (!event.results[i].isFinal) continue;
          area.value = (area.value + " " + event.results[i][0].transcript.trim()).trim().slice(0, area.maxLength);
          area.dispatchEvent(new Event("input", { bubbles: true }));
        }
      };
      ear.onend = ear.onerror = function () { ear = null; button.textContent = say.listen; };
      ear.start();
      button.textContent = say.listening;
    }
    button.addEventListener("click", function () {
      if (ear) { ear.stop(); return; }
      if (agreed()) { listen(); return; }
      if (part.querySelector(".asks")) return;
      ask(part, button, listen);
    });
  }
  // The words that are spoken go to whoever made the browser: that is said once, before the first time.
  function agreed() {
    try { return localStorage.getItem("ocop-dictation") === "1"; } catch (none) { return false; }
  }
  function ask(part, button, go) {
    const box = part.appendChild(document.createElement("div"));
    box.className = "notice careful asks";
    box.setAttribute("role", "status");
    box.appendChild(document.createElement("p")).textContent = say.dictation;
    const row = box.appendChild(document.createElement("div"));
    row.className = "actions";
    for (const [text, quiet, does] of [[say.dictationYes, false, go], [say.dictationNo, true, null]]) {
      const answer = row.appendChild(document.createElement("button"));
      answer.type = "button";
      answer.textContent = text;
      if (quiet) answer.className = "quiet";
      answer.addEventListener("click", function () {
        box.remove();
        if (!does) { part.querySelector("textarea").focus(); return; }
        try { localStorage.setItem("ocop-dictation", "1"); } catch (full) { /* asked again next time */ }
        button.focus();
        does();
      });
    }
    row.firstChild.focus();
  }

  // Hold to speak.
  const record = document.getElementById("record");
  if (!record || !window.MediaRecorder || !navigator.mediaDevices) return;
  const hold = document.getElementById("hold"), clock = document.getElementById("clock");
  const heard = document.getElementById("heard"), label = hold.textContent, MOST = 60;
  let recorder = null, wanted = false, ticking = 0, clip = null;
  record.hidden = false;

  async function start() {
    if (recorder || wanted) return;
    wanted = true;
    let stream;
    try { stream = await navigator.mediaDevices.getUserMedia({ audio: true }); }
    catch (refused) { wanted = false; clock.textContent = say.mic; return; }
    const parts = [], done = stream.getTracks(), began = Date.now();
    recorder = new MediaRecorder(stream, { audioBitsPerSecond: 48000 });
    recorder.ondataavailable = function (event) { if (event.data.size) parts.push(event.data); };
    recorder.onstop = function () {
      clearInterval(ticking);
      done.forEach(function (track) { track.stop(); });
      clip = new Blob(parts, { type: recorder.mimeType });
      recorder = null;
      hold.textContent = label;
      clock.textContent = "";
      heard.hidden = false;
      heard.querySelector("audio").src = URL.createObjectURL(clip);
    };
    recorder.start(1000);
    hold.textContent = say.stop;
    ticking = setInterval(function () {
      const passed = Math.floor((Date.now() - began) / 1000);
      clock.textContent = say.passed.replace("#", String(Math.min(MOST, passed)));
      if (passed >= MOST) stop();
    }, 250);
    if (!wanted) stop();
  }
  function stop() {
    wanted = false;
    if (recorder && recorder.state === "recording") recorder.stop();
  }
  hold.addEventListener("pointerdown", start);
  hold.addEventListener("pointerup", stop);
  hold.addEventListener("pointercancel", stop);
  hold.addEventListener("contextmenu", function (event) { event.preventDefault(); });
  hold.addEventListener("keydown", function (event) {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (event.repeat) return;
    if (recorder) stop(); else start();
  });
  document.getElementById("again").addEventListener("click", function () { clip = null; heard.hidden = true; hold.focus(); });
  document.getElementById("send").addEventListener("click", async function () {
    if (!clip) return;
    const body = new FormData();
    body.set("voice", clip, "voice");
    clock.textContent = say.photoSending;
    try {
      await save();
      const answer = await send("/voice", body), said = await answer.json();
      clock.textContent = said.problem || "";
      if (answer.ok) { stopped = true; location.hash = "voice-part"; location.reload(); }
    } catch (offline) { clock.textContent = say.lost; }
  });
})();
