// The outline of a course: parts are dragged by pointer or finger, or moved by arrow keys at their grip; the buttons stay.
// Every change goes to the server, which answers with the list as it now is and a sentence that is read out.
import { dropAt } from "../kernel/outline.js";

const MARKS = ["drop-before", "drop-after", "drop-inside"];
const STEPS = { ArrowUp: "up", ArrowDown: "down" };

class CourseOutline extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => this.submitted(event));
    this.addEventListener("keydown", (event) => this.pressed(event));
    this.addEventListener("pointerdown", (event) => this.grabbed(event));
    this.addEventListener("pointermove", (event) => this.dragged(event));
    this.addEventListener("pointerup", () => this.dropped());
    this.addEventListener("pointercancel", () => this.let());
    this.showGrips();
  }

  showGrips() {
    for (const grip of this.querySelectorAll("[data-grip]")) grip.hidden = false;
  }

  submitted(event) {
    event.preventDefault();
    const form = event.target;
    const values = new FormData(form, event.submitter);
    this.change(values, event.submitter?.value ?? "");
  }

  pressed(event) {
    const grip = event.target.closest("[data-grip]");
    if (grip && event.key === "Escape") this.let();
    if (!grip || !STEPS[event.key]) return;
    event.preventDefault();
    this.send({ part: grip.closest("[data-part]").dataset.part, step: STEPS[event.key] });
  }

  grabbed(event) {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    grip.focus();
    grip.setPointerCapture(event.pointerId);
    this.held = grip.closest("[data-part]");
    this.held.classList.add("is-dragged");
  }

  dragged(event) {
    if (!this.held) return;
    const items = [...this.querySelectorAll("[data-part]")];
    const rows = items.map((item) => {
      const box = item.getBoundingClientRect();
      return { id: item.dataset.part, kind: item.dataset.kind, top: box.top, bottom: box.bottom };
    });
    this.drop = dropAt(rows, this.held.dataset.part, event.clientY);
    for (const item of items) {
      item.classList.remove(...MARKS);
      if (item.dataset.part === this.drop?.target) item.classList.add(`drop-${this.drop.side}`);
    }
    const edge = event.clientY < 80 ? -12 : event.clientY > window.innerHeight - 80 ? 12 : 0;
    if (edge) window.scrollBy(0, edge);
  }

  dropped() {
    const { held, drop } = this;
    this.let();
    if (held && drop) this.send({ part: held.dataset.part, target: drop.target, step: drop.side });
  }

  let() {
    this.held?.classList.remove("is-dragged");
    for (const item of this.querySelectorAll("[data-part]")) item.classList.remove(...MARKS);
    this.held = this.drop = null;
  }

  send(fields) {
    const values = new FormData();
    for (const [name, value] of Object.entries(fields)) values.set(name, value);
    values.set("csrfmiddlewaretoken", this.querySelector("[name=csrfmiddlewaretoken]").value);
    return this.change(values, "grip");
  }

  async change(values, focus) {
    if (this.hasAttribute("aria-busy")) return;
    this.setAttribute("aria-busy", "true");
    const options = { method: "POST", body: values, headers: { "X-Fragment": "outline" } };
    const answer = await fetch(window.location.href, options).catch(() => null);
    this.removeAttribute("aria-busy");
    if (!answer || !(answer.headers.get("Content-Type") ?? "").startsWith("text/html") || answer.redirected) {
      this.say("没有保存，网络可能断开了。请稍后再试。");
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const words = page.querySelector("[data-said]");
    if (!words) {
      this.say("没有保存，请刷新页面后重试。");
      return;
    }
    const said = this.querySelector("[data-said]"); // stays in the page, or nothing would be read out
    const text = words.textContent;
    words.remove();
    this.replaceChildren(said, ...page.body.childNodes);
    this.showGrips();
    this.say(text);
    this.focusOn(values.get("part"), focus);
  }

  say(text) {
    const said = this.querySelector("[data-said]");
    said.textContent = "";
    requestAnimationFrame(() => (said.textContent = text));
  }

  focusOn(part, step) {
    const row = part && this.querySelector(`[data-part="${CSS.escape(part)}"]`);
    const button = step === "grip" ? null : row?.querySelector(`button[value="${step}"]`);
    if (step === "add") (row ?? this).querySelector("input[name=title]")?.focus();
    else (button ?? row?.querySelector("[data-grip]"))?.focus();
  }
}

customElements.define("course-outline", CourseOutline);
