// <live-people>: who is chosen as the teacher of a live lesson is not offered as an assistant of it.

class LivePeople extends HTMLElement {
  connectedCallback() {
    this.teacher = this.querySelector("select[name=teacher]");
    this.teacher?.addEventListener("change", () => this.show());
    this.show();
  }

  show() {
    for (const box of this.querySelectorAll("input[name=assistants]")) {
      const isTeacher = box.value === this.teacher?.value;
      if (isTeacher) box.checked = false;
      box.closest("label").hidden = isTeacher;
    }
  }
}

customElements.define("live-people", LivePeople);
