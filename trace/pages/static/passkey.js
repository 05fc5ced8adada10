// Passkeys: asks the server for a question, lets the phone or computer answer, sends the answer back.
// Without this script, or where the browser can't, number and passphrase open the same doors.
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const post = async (path, fields) => {
    const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
    if (answer.redirected) {
      location.assign(answer.url);
      return null;
    }
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.problem || "");
    return said;
  };

  const described = (credential) => ({ ...credential, id: bytes(credential.id) });

  const create = async (options) => {
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: (options.excludeCredentials || []).map(described),
      },
    });
    return {
      id: made.id, rawId: text(made.rawId), type: made.type,
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
      },
    };
  };

  const get = async (options) => {
    const given = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: (options.allowCredentials || []).map(described),
      },
    });
    return {
      id: given.id, rawId: text(given.rawId), type: given.type,
      response: {
        clientDataJSON: text(given.response.clientDataJSON),
        authenticatorData: text(given.response.authenticatorData),
        signature: text(given.response.signature),
        userHandle: given.response.userHandle ? text(given.response.userHandle) : null,
      },
    };
  };

  const offer = (place, answerTo) => {
    const button = place.querySelector("button");
    const problem = place.querySelector(".problem");
    const done = place.querySelector(".done");
    const { options, answer, csrf, next } = place.dataset;
    const usual = problem.textContent;
    place.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      problem.hidden = true;
      try {
        const question = await post(options, { csrf });
        if (!question) return;
        const credential = JSON.stringify(await answerTo(question));
        const said = await post(answer, { csrf, credential, next: next || "" });
        const kept = document.getElementById("kept");
        if (said && said.csrf && kept) {
          // Not kept.csrf: a field may be named like a property of the form.
          kept.querySelector('input[name="csrf"]').value = said.csrf;
          HTMLFormElement.prototype.submit.call(kept);
        } else if (said && said.go) location.assign(said.go);
        else if (said && done) done.hidden = false;
      } catch (error) {
        problem.textContent = error.name === "Error" && error.message ? error.message : usual;
        problem.hidden = false;
      } finally {
        button.disabled = false;
      }
    });
  };

  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const sign = document.getElementById("passkey");
  if (sign) offer(sign, get);
  const fresh = document.getElementById("passkey-new");
  if (fresh) offer(fresh, create);
})();
