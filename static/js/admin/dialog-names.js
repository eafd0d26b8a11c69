// Wagtail opens its windows of choice as dialogs without a name: each gets that of its heading, for screen readers.
function nameDialogs() {
  for (const dialog of document.querySelectorAll(".modal[role=dialog]")) {
    const words = dialog.querySelector("h1, h2")?.textContent.trim();
    if (words && dialog.getAttribute("aria-label") !== words) dialog.setAttribute("aria-label", words);
  }
}

new MutationObserver(nameDialogs).observe(document.body, { childList: true, subtree: true });
