"use strict";
// Turns the link to the page without a code into the phone's own share sheet, where there is one.
(function () {
  const link = document.getElementById("share");
  if (!link || !navigator.share) return;
  link.querySelector("span").textContent = link.dataset.label;
  link.addEventListener("click", function (event) {
    event.preventDefault();
    navigator.share({ title: document.title, url: link.href }).catch(function () {});
  });
})();
