// <question-form>: shows only the fields that belong to the kind of the question, and adds rows without a round trip.
// Without this script every section stands open and the buttons ask the server for another row.
const MOST_ROWS = 8;

class QuestionForm extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", (event) => event.target.name?.endsWith("-kind") && this.showKinds());
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-adds]");
      if (button && this.addRow(button)) event.preventDefault();
    });
    this.showKinds();
  }

  // A part of a case has a kind of its own; its sections follow that.
  showKinds() {
    for (const select of this.querySelectorAll("select[name$='-kind']")) {
      const scope = select.closest("[data-part]") ?? this;
      for (const section of scope.querySelectorAll("[data-kinds]")) {
        if ((section.closest("[data-part]") ?? this) === scope) {
          section.hidden = !section.dataset.kinds.split(" ").includes(select.value);
        }
      }
    }
  }

  addRow(button) {
    const section = button.closest("fieldset");
    const total = section.querySelector("input[name$='-TOTAL_FORMS']");
    const count = Number(total.value);
    if (count >= MOST_ROWS) return true;
    const row = section.querySelector("template").content.firstElementChild.cloneNode(true);
    row.innerHTML = row.innerHTML.replaceAll("__prefix__", String(count));
    row.setAttribute("aria-label", `${row.getAttribute("aria-label")} ${count + 1}`);
    section.querySelector("[data-rows]").append(row);
    total.value = String(count + 1);
    row.querySelector("input")?.focus();
    return true;
  }
}

customElements.define("question-form", QuestionForm);
