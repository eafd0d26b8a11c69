// Quizzes in the room: asked from the bank by who teaches, answered in time by learners, shown with solutions once they are over.

import { clockFace } from "../kernel/words.js";
import { make, results, RoomPart, write } from "./room-parts.js";

const LETTERS = "ABCDEFGH";
const OFFLINE = "网络不通，没有交上。请检查网络后再点提交。";

export class RoomQuiz extends RoomPart {
  constructor(room) {
    super(room);
    this.chosen = new Map();
    this.listen();
  }

  listen() {
    const { parts } = this;
    if (!parts.newQuiz) return;
    parts.bank.addEventListener("submit", (event) => {
      event.preventDefault();
      this.find();
    });
    parts.bankMore.addEventListener("click", () => this.find(this.cursor));
    parts.newQuiz.addEventListener("submit", (event) => this.open(event));
    parts.quizEnd.addEventListener("click", () => this.room.deed(() => this.ask("POST", `/quizzes/${this.model.quiz.id}/end`), (item) => this.model.on_quiz(item), parts.quizError));
  }

  // Looks into the bank; what was chosen stays chosen, whatever is looked for next.
  find(cursor = "") {
    const { parts } = this;
    const query = new URLSearchParams({ q: parts.bankWords.value, cursor });
    return this.room.deed(
      () => this.ask("GET", `/bank?${query}`),
      ({ items, next_cursor: next }) => {
        if (!cursor) parts.bankRows.replaceChildren();
        parts.bankRows.append(...items.map((item) => this.row(item)));
        this.cursor = next;
        parts.bankMore.hidden = !next;
        write(parts.bankFound, parts.bankRows.children.length ? "" : "没有找到可用的题。只有能自动判分、本班测验没有使用的题可以选。");
      },
      parts.quizError,
    );
  }

  row(item) {
    const node = make("li");
    const label = make("label", "choice");
    const box = make("input");
    box.type = "checkbox";
    box.checked = this.chosen.has(item.id);
    box.addEventListener("change", () => {
      if (box.checked) this.chosen.set(item.id, item);
      else this.chosen.delete(item.id);
      this.count();
    });
    const words = make("span");
    const notes = [item.kind, item.difficulty, ...item.knowledge].join(" · ");
    words.append(make("span", "room-text", item.stem), make("span", "sm t2 room-note", `${notes}。答案：${item.right.join("；")}`));
    label.append(box, words);
    node.append(label);
    return node;
  }

  count() {
    write(this.parts.quizChosen, this.chosen.size ? `已选 ${this.chosen.size} 题，按选择的先后出题。` : "还没有选题。");
  }

  async open(event) {
    event.preventDefault();
    const { parts } = this;
    const body = { questions: [...this.chosen.keys()], seconds: Math.round(Number(parts.quizMinutes.value) * 60) || 0 };
    const done = await this.room.deed(() => this.ask("POST", "/quizzes", body), (item) => this.model.on_quiz(item), parts.quizError);
    if (!done) return;
    this.chosen.clear();
    for (const box of parts.bankRows.querySelectorAll("input")) box.checked = false;
    this.count();
  }

  show() {
    const { quiz, own, me, leaders } = this.model;
    const { parts } = this;
    const isOpen = Boolean(quiz?.is_open);
    write(parts.quizSign, isOpen ? " · 进行中" : "");
    if (quiz && quiz.id !== this.quizId) {
      this.quizId = quiz.id;
      this.ends = performance.now() + quiz.seconds_left * 1000;
      this.isHanded = false;
    }
    if (parts.newQuiz && leaders) {
      parts.quizMake.hidden = isOpen;
      parts.quizEnd.hidden = !isOpen;
      write(parts.quizCount, isOpen ? `已有${leaders.quiz_answers}人提交。` : "");
    }
    const mayAnswer = isOpen && me.place === "learner" && own.quiz === null && !this.room.line.isOver;
    const tallies = quiz?.tallies ?? (this.room.leads ? leaders?.quiz_tallies : null);
    const mark = JSON.stringify([quiz?.id, isOpen, mayAnswer, tallies, own.quiz]);
    if (mark === this.mark) return;
    this.mark = mark;
    if (mayAnswer && this.form?.quiz === quiz.id) return; // somebody is answering
    this.form = null;
    parts.quiz.replaceChildren(...(quiz ? this.nodes(quiz, mayAnswer, tallies) : [make("p", "t2", "还没有小测。")]));
  }

  nodes(quiz, mayAnswer, tallies) {
    if (mayAnswer) return [this.answering(quiz)];
    const { own, me } = this.model;
    const head = [];
    if (me.place === "learner" && quiz.is_open) head.push(make("p", "sm t2", own.quiz ? "已提交。结束后公布答案和解析。" : ""));
    if (own.quiz?.score_percent !== undefined && own.quiz?.score_percent !== null) head.push(make("p", "", `您得了 ${own.quiz.score_percent} 分。小测不计学时。`));
    else if (me.place === "learner" && !quiz.is_open && !own.quiz) head.push(make("p", "sm t2", "这次小测您没有提交。答案和解析如下。"));
    const list = make("ol", "room-quiz");
    quiz.questions.forEach((one, number) => list.append(this.reviewed(one, number + 1, tallies?.[number], own.quiz)));
    return [...head, list];
  }

  stem(question, before = "") {
    const nodes = [make("p", "room-text", before + question.stem)];
    if (question.image) {
      const picture = make("img", "room-picture");
      Object.assign(picture, { src: question.image.url, width: question.image.width, height: question.image.height, alt: question.image.alt });
      nodes.push(picture);
    }
    if (question.audio) {
      const sound = make("audio");
      Object.assign(sound, { src: question.audio.url, controls: true, preload: "none" });
      sound.setAttribute("aria-label", question.audio.name);
      nodes.push(sound);
    }
    return nodes;
  }

  reviewed(question, number, tally, own) {
    const node = make("li");
    node.append(...this.stem(question, `${number}. `));
    const { solution } = question;
    if (question.options.length && tally) {
      const isRight = (option) => (solution?.right.includes(option.id) ? "（正确）" : "");
      const texts = question.options.map((option, at) => `${LETTERS[at]}. ${option.text}${isRight(option)}`);
      node.append(results({ options: texts }, tally.options));
    }
    if (tally) node.append(make("p", "sm t2", `答对 ${tally.right} 人。`));
    const given = own?.answers[question.id] ?? [];
    if (given.length) {
      const verdict = { undefined: "", 100: "，答对了", 0: "，答错了" }[own.earned?.[question.id]] ?? "，答对了一部分";
      node.append(make("p", "sm", `您的答案：${this.read(question, given)}${own.earned ? verdict : ""}`));
    }
    if (solution) {
      node.append(make("p", "sm", `正确答案：${solution.words.join("；")}`));
      if (solution.explanation) node.append(make("p", "sm t2 room-text", `解析：${solution.explanation}`));
    }
    return node;
  }

  read(question, given) {
    if (!question.options.length) return given.join("；");
    return question.options.flatMap((option, at) => (given.includes(option.id) ? [`${LETTERS[at]}. ${option.text}`] : [])).join("；");
  }

  answering(quiz) {
    const form = make("form", "form room-quiz");
    form.noValidate = true;
    quiz.questions.forEach((question, number) => form.append(this.field(question, number + 1)));
    const error = make("p", "field-error");
    error.setAttribute("role", "alert");
    error.hidden = true;
    const left = make("p", "sm t2 num");
    left.setAttribute("aria-hidden", "true");
    form.append(error, left, make("button", "btn btn-p", "提交小测"));
    this.form = { quiz: quiz.id, form, error, left };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.handIn(false);
    });
    return form;
  }

  field(question, number) {
    const set = make("fieldset", "choices");
    const legend = make("legend", "legend", `${number}. ${question.stem}${question.kind === "multiple" ? "（可多选）" : ""}`);
    set.dataset.question = question.id;
    set.append(legend, ...this.stem(question).slice(1));
    question.options.forEach((option, at) => {
      const label = make("label", "choice");
      const box = make("input");
      Object.assign(box, { type: question.kind === "multiple" ? "checkbox" : "radio", name: question.id, value: option.id });
      label.append(box, make("span", "", `${LETTERS[at]}. ${option.text}`));
      set.append(label);
    });
    for (const blank of question.blanks) {
      const line = make("div", "field");
      const label = make("label", "", `第${blank}空`);
      const input = make("input");
      Object.assign(input, { id: `quiz-${question.id}-${blank}`, name: question.id, type: "text", autocomplete: "off", maxLength: 100 });
      label.htmlFor = input.id;
      line.append(label, input);
      set.append(line);
    }
    const error = make("p", "field-error");
    error.dataset.error = "";
    error.hidden = true;
    set.append(error);
    return set;
  }

  answers() {
    const data = new FormData(this.form.form);
    const found = {};
    for (const { id } of this.model.quiz.questions) if (data.getAll(id).some((text) => text.trim())) found[id] = data.getAll(id);
    return found;
  }

  async handIn(isPartial) {
    const { quiz, form, error } = this.form;
    for (const node of form.querySelectorAll("[data-error]")) node.hidden = true;
    error.hidden = true;
    try {
      const own = await this.ask("POST", `/quizzes/${quiz}/answers`, { answers: this.answers(), is_partial: isPartial });
      this.model.own = { ...this.model.own, quiz: own };
      this.room.show();
    } catch (refusal) {
      this.refuse(refusal);
    }
  }

  // What is missing is said at its question; the first one gets the focus.
  refuse(refusal) {
    const { form, error } = this.form;
    write(error, refusal.code ? refusal.message : OFFLINE);
    error.hidden = false;
    const wrong = Object.entries(refusal.fields ?? {}).flatMap(([id, sentence]) => {
      const set = form.querySelector(`[data-question="${CSS.escape(id)}"]`);
      return set ? [[set, sentence]] : [];
    });
    for (const [set, sentence] of wrong) {
      const node = set.querySelector("[data-error]");
      write(node, sentence);
      node.hidden = false;
    }
    wrong[0]?.[0].querySelector("input")?.focus();
  }

  tick() {
    const left = Math.max(0, (this.ends ?? 0) - performance.now());
    const isOpen = Boolean(this.model.quiz?.is_open);
    if (this.parts.quizLeft) write(this.parts.quizLeft, isOpen ? `还有 ${clockFace(left)}` : "");
    if (!this.form) return;
    write(this.form.left, left ? `还有 ${clockFace(left)}，到时自动提交。` : "时间到。");
    if (left === 0 && !this.isHanded && Object.keys(this.answers()).length) {
      this.isHanded = true;
      this.handIn(true);
    }
  }
}
