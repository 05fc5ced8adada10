"use strict";
// Asks for the next sign and shows it; the answer waits until there is one. Every tone is made here, no file is loaded.
const at = (id) => document.getElementById(id);
// [hertz, seconds] one after the other: rising for ready, falling for "look at the screen".
const TONES = {
  done: [[660, 0.12], [880, 0.12], [1175, 0.25]],
  again: [[660, 0.15], [660, 0.15]],
  pulled: [[520, 0.2], [390, 0.3]],
  refused: [[300, 0.25], [220, 0.45]],
  reader: [[300, 0.25], [220, 0.45]],
  server: [[300, 0.25], [220, 0.45]],
};
let audio = null;

function sound(kind) {
  if (!audio || !TONES[kind]) return;
  let start = audio.currentTime;
  for (const [hertz, seconds] of TONES[kind]) {
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = hertz;
    gain.gain.setValueAtTime(0.25, start);
    gain.gain.linearRampToValueAtTime(0, start + seconds);
    tone.connect(gain).connect(audio.destination);
    tone.start(start);
    tone.stop(start + seconds);
    start += seconds;
  }
  document.body.dataset.sounded = kind;
}

function show(sign) {
  document.body.dataset.kind = sign.kind;
  const number = String(sign.number ?? "");
  at("number").textContent = number;
  at("number").dataset.digits = number.length;
  at("sentence").textContent = sign.sentence;
  at("hint").textContent = sign.hint;
  at("progress").textContent = sign.progress;
  const asked = at("label").hidden;
  at("label").hidden = !sign.asks;
  if (sign.asks && asked) at("text").focus();
  sound(sign.kind);
}

async function follow() {
  let seen = 0;
  let failures = 0;
  while (failures < 3) {
    try {
      const reply = await fetch("signs?after=" + seen, { cache: "no-store" });
      if (!reply.ok) throw new Error(String(reply.status));
      failures = 0;
      for (const sign of await reply.json()) {
        seen = sign.order;
        show(sign);
      }
    } catch {
      failures += 1;
      await new Promise((done) => setTimeout(done, 500));
    }
  }
  show({ kind: "gone", number: null, sentence: document.body.dataset.gone, hint: "", progress: "", asks: false });
}

at("sound").addEventListener("click", () => {
  audio = audio || new AudioContext();
  audio.resume();
  at("sound").hidden = true;
  sound("done");
});
at("label").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = at("text").value;
  at("text").value = "";
  await fetch("label", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(text) });
});
follow();
