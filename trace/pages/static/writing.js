// Puts a chip on an item with the phone (Web NFC, Chrome on Android): read the chip's number, ask what belongs on it,
// write, read back, hand that in. A chip that carries something else is never written over.
"use strict";
(() => {
  const place = document.getElementById("writing");
  if (!place || !("NDEFReader" in window)) return;
  place.hidden = false;
  document.getElementById("cannot").hidden = true;
  const words = {};
  for (const line of document.querySelectorAll("#words [data-word]")) words[line.dataset.word] = line.textContent;
  const told = document.getElementById("told");
  const field = document.getElementById("number");
  const begin = document.getElementById("begin");
  const lock = document.getElementById("lock");
  const say = (name, number) => { told.textContent = words[name].replaceAll("{n}", number ?? field.value); };
  let step = "rest";
  let uid = "";
  let text = "";
  let number = 0;
  let reader = null;
  let stop = null;

  const post = async (where, values) => {
    const body = new URLSearchParams({ csrf: place.dataset.csrf, ...values });
    const answer = await fetch(where, { method: "POST", body, headers: { accept: "application/json" } });
    if (!(answer.headers.get("content-type") || "").startsWith("application/json")) throw new Error("offline");
    const value = await answer.json();
    if (!answer.ok) throw new Error(`said:${value.problem}`);
    return value;
  };

  const rest = () => {
    if (stop) stop.abort();
    step = "rest";
    begin.hidden = false;
    begin.disabled = false;
  };

  const fail = (error, fallback) => {
    const message = String(error && error.message);
    if (message.startsWith("said:")) told.textContent = message.slice(5);
    else if (error && error.name === "NotAllowedError") say("refused");
    else if (error instanceof TypeError || message === "offline") say("offline");
    else say(fallback);
    rest();
  };

  const link = (message) => {
    for (const record of message.records) {
      if (record.recordType === "url" || record.recordType === "absolute-url") {
        return new TextDecoder().decode(record.data);
      }
    }
    return message.records.some((record) => record.recordType !== "empty") ? null : "";
  };

  const first = async (event) => {
    step = "busy";
    uid = event.serialNumber;
    const there = link(event.message);
    // Told before anything is bound: a number must not wait for a chip that is never written. A link of ours is the
    // service's to judge, by the chip's own number.
    if (there === null || (there !== "" && !there.startsWith(place.dataset.address))) {
      say("different");
      rest();
      return;
    }
    say("binding");
    try {
      const answer = await post(place.dataset.bind, { uid, number: field.value });
      text = answer.text;
      number = answer.number;
      say("writing", number);
      await reader.write({ records: [{ recordType: "url", data: text }] }, { overwrite: true });
      step = "check";
      say("checking", number);
    } catch (error) {
      fail(error, error && error.name === "NotSupportedError" ? "small" : "failed");
    }
  };

  const check = async (event) => {
    if (event.serialNumber !== uid) {
      say("different");
      return;
    }
    step = "busy";
    try {
      const answer = await post(place.dataset.readback, { uid, text: link(event.message) || "" });
      say("done", answer.number);
      field.value = answer.next || "";
      begin.hidden = true;
      lock.hidden = !reader.makeReadOnly;
      if (lock.hidden) rest();
      told.focus();
    } catch (error) {
      fail(error, "failed");
    }
  };

  begin.addEventListener("click", async () => {
    begin.disabled = true;
    stop = new AbortController();
    reader = new NDEFReader();
    reader.addEventListener("reading", (event) => {
      if (step === "hold") first(event);
      else if (step === "check") check(event);
    });
    reader.addEventListener("readingerror", () => { if (step === "hold" || step === "check") say("failed"); });
    try {
      await reader.scan({ signal: stop.signal });
      step = "hold";
      say("hold");
    } catch (error) {
      fail(error, "refused");
    }
  });

  document.getElementById("lock-yes").addEventListener("click", async () => {
    lock.hidden = true;
    try {
      await reader.makeReadOnly();
      say("locked", number);
    } catch {
      say("failed");
    }
    rest();
  });
  document.getElementById("lock-no").addEventListener("click", () => { lock.hidden = true; rest(); });
})();
