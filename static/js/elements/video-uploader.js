// <video-uploader data-endpoint data-chunk data-csrf [data-direct]>: many files at once, each of which survives any break.
// What was not finished stands in the page as rows without a file; choosing the file again continues it.
import { fingerprint, sentenceOf, startable, titleOf } from "../kernel/uploads.js";
import { BucketTransfer } from "./upload-bucket.js";
import { UploadRow } from "./upload-row.js";
import { TusTransfer } from "./upload-tus.js";
import "./video-progress.js";

const AT_ONCE = 3;

class VideoUploader extends HTMLElement {
  connectedCallback() {
    this.rows = [];
    this.list = this.part("rows");
    this.picker = this.part("picker");
    this.wanting = null;
    for (const element of this.list.children) this.adopt(element);
    this.part("choose").addEventListener("click", () => this.chooseFor(null));
    this.picker.addEventListener("change", () => this.chosen());
    const zone = this.part("zone");
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("is-over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("is-over");
      this.add([...event.dataTransfer.files]);
    });
    this.part("panel").hidden = false;
    const plain = document.querySelector("[data-plain-upload]");
    if (plain) plain.open = "reopens" in plain.dataset;
    this.settle();
  }

  part(name) {
    return this.querySelector(`[data-part="${name}"]`);
  }

  adopt(element) {
    const { address, mark, length, sent } = element.dataset;
    const row = new UploadRow(this, element, { address, mark, length: Number(length), sent: Number(sent) });
    this.rows.push(row);
    if (this.dataset.direct) this.measure(row);
  }

  // How much of an unfinished file lies in the bucket, the bucket alone knows.
  async measure(row) {
    const answer = await fetch(`${row.address}parts/`).catch(() => null);
    if (!answer?.ok || row.state !== "lost") return;
    row.sent = (await answer.json()).sent;
    row.say();
  }

  chooseFor(row) {
    this.wanting = row;
    this.picker.multiple = row === null;
    this.picker.value = "";
    this.picker.click();
  }

  chosen() {
    const files = [...this.picker.files];
    if (this.wanting && files.length) this.wanting.take(files[0]);
    else this.add(files);
    this.wanting = null;
  }

  // A file that was begun before goes on where it stopped; one that is on the page already is not sent twice.
  add(files) {
    for (const file of files) {
      const known = this.rows.find((row) => row.mark === fingerprint(file) && row.state !== "done");
      if (known) {
        if (!known.file) known.take(file);
        continue;
      }
      const element = this.part("row").content.firstElementChild.cloneNode(true);
      element.querySelector("[data-part=name]").textContent = file.name;
      element.querySelector("[data-part=bar]").setAttribute("aria-label", `${file.name} 上传进度`);
      element.querySelector("[data-part=title]").value = titleOf(file.name);
      this.list.append(element);
      this.rows.push(new UploadRow(this, element, { file, length: file.size }));
    }
    this.settle();
  }

  transfer(order) {
    const { endpoint, direct, chunk } = this.dataset;
    const csrf = () => this.token();
    const metadata = { ...order.metadata, institution: this.part("institution").value };
    if (direct) return new BucketTransfer({ ...order, endpoint: direct, csrf, metadata });
    return new TusTransfer({ ...order, endpoint, csrf, chunk: Number(chunk), metadata });
  }

  // Start what may start.
  settle() {
    const next = startable(this.rows.map((row) => row.state), AT_ONCE);
    if (next.length) this.rows[next[0]].send(); // it settles again
    this.part("heading").hidden = this.rows.length === 0;
  }

  drop(row) {
    const place = this.rows.indexOf(row);
    this.rows.splice(place, 1);
    row.element.remove();
    const near = this.rows[Math.min(place, this.rows.length - 1)];
    (near ? near.title : this.part("choose")).focus();
    this.tell("已取消上传。");
    this.settle();
  }

  tell(sentence) {
    this.part("news").textContent = sentence;
  }

  // The cookie's: the one in the page is old once somebody signed in again in another tab.
  token() {
    return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? this.dataset.csrf;
  }

  async ask(method, path, body) {
    const headers = { "X-CSRFToken": this.token(), "Tus-Resumable": "1.0.0" };
    const answer = await fetch(path, { method, headers, body }).catch(() => null);
    if (answer?.ok) return { ok: true, status: answer.status };
    const status = answer?.status ?? 0;
    return { ok: false, status, sentence: sentenceOf(status, answer ? await answer.text() : "") };
  }
}

customElements.define("video-uploader", VideoUploader);
