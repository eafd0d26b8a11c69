// The loader: a custom element's module is fetched when the element is on the page, after an htmx swap too.
// Paths are literal, or the hashed file names would miss them.
const elements = {
  "unread-count": () => import("./elements/unread-count.js"),
  "video-progress": () => import("./elements/video-progress.js"),
  "video-uploader": () => import("./elements/video-uploader.js"),
  "job-progress": () => import("./elements/job-progress.js"),
  "course-outline": () => import("./elements/course-outline.js"),
  "popup-questions": () => import("./elements/popup-questions.js"),
  "question-form": () => import("./elements/question-form.js"),
  "scorm-lesson": () => import("./elements/scorm-lesson.js"),
  "subtitle-editor": () => import("./elements/subtitle-editor.js"),
  "face-capture": () => import("./elements/face-capture.js"),
  "practice-board": () => import("./elements/practice-board.js"),
  "practice-here": () => import("./elements/practice-here.js"),
  "photo-shrinker": () => import("./elements/photo-shrinker.js"),
  "practice-sign": () => import("./elements/practice-sign.js"),
  "voice-note": () => import("./elements/voice-note.js"),
  "live-people": () => import("./elements/live-people.js"),
  "live-studio": () => import("./elements/live-studio.js"),
  "device-check": () => import("./elements/device-check.js"),
  "stream-key": () => import("./elements/stream-key.js"),
  "live-viewer": () => import("./elements/live-viewer.js"),
  "live-attendance": () => import("./elements/live-attendance.js"),
  "replay-film": () => import("./elements/replay-film.js"),
  "replay-room": () => import("./elements/replay-room.js"),
  "live-slides": () => import("./elements/live-slides.js"),
  "slide-desk": () => import("./elements/slide-desk.js"),
  "replay-slides": () => import("./elements/replay-slides.js"),
  "live-room": () => import("./elements/live-room.js"),
  "live-captions": () => import("./elements/live-captions.js"),
  "live-countdown": () => import("./elements/live-countdown.js"),
  "study-transcript": () => import("./elements/study-transcript.js"),
  "seek-preview": () => import("./elements/seek-preview.js"),
  "study-film": () => import("./elements/study-film.js"),
  "study-player": () => import("./elements/study-player.js"),
};

function load(root) {
  for (const [name, fetchElement] of Object.entries(elements)) {
    if (root.querySelector(name)) fetchElement();
  }
}

load(document);
document.addEventListener("htmx:afterSwap", (event) => load(event.target.parentElement ?? document));

// A button inside an element works once the element's module is here: a tap before that is kept and comes then.
document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("button[type=button]");
    const host = button?.closest(":not(:defined)");
    if (!host || !(host.localName in elements)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    customElements.whenDefined(host.localName).then(() => button.click());
  },
  { capture: true },
);

// So is what was sent by a form that only the module knows what to do with: the page would be loaded anew, the words gone.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const host = form.closest(":not(:defined)");
    if (!host || !(host.localName in elements) || form.hasAttribute("action") || form.method === "post") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    customElements.whenDefined(host.localName).then(() => form.requestSubmit(event.submitter));
  },
  { capture: true },
);

function openDialog(dialog) {
  if (!dialog) return;
  dialog.removeAttribute("open"); // it may stand in the page, opened by the server
  dialog.showModal();
  dialog.querySelector("[aria-invalid=true]")?.focus();
}

// A dialog that the server refused comes back open, with the error at its field.
for (const dialog of document.querySelectorAll("dialog[data-reopens]")) openDialog(dialog);

// Dialogs open and close by name; without this script the forms inside them stand in the page.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) openDialog(document.getElementById(opener.dataset.opens));
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog")?.close();
});

// Of several films on a page one plays; `play` does not bubble.
document.addEventListener(
  "play",
  ({ target }) => {
    for (const film of document.querySelectorAll("video")) if (film !== target) film.pause();
  },
  true,
);

// On a phone the filters begin closed; without this script they stand open above the list.
if (window.matchMedia("(max-width: 47.99em)").matches) {
  for (const sheet of document.querySelectorAll("details[data-closed-on-phone]")) sheet.open = false;
}

// Addresses stay short: what is empty is not asked for.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") return;
  for (const name of Object.keys(detail.parameters)) if (detail.parameters[name] === "") delete detail.parameters[name];
});

// On a phone the filters close when their button shows the courses.
document.addEventListener("submit", ({ target }) => {
  const sheet = target.closest("details[data-closed-on-phone]");
  if (sheet && window.matchMedia("(max-width: 47.99em)").matches) sheet.open = false;
});
