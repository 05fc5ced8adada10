"use strict";
// Copies a story's plain text; without a clipboard the buttons stay hidden and the text can be marked by hand.
(function () {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", function () {
      const text = document.getElementById(button.dataset.copy).textContent;
      navigator.clipboard.writeText(text).then(function () {
        button.textContent = button.dataset.done;
      }, function () {});
    });
  }
})();
