// Files of a room: members download what was shared; who teaches chooses it among the documents of the institution.

import { button, KeyedList, make, RoomPart, write } from "./room-parts.js";
import { sizeText } from "../kernel/uploads.js";

export class RoomFiles extends RoomPart {
  constructor(room) {
    super(room);
    this.list = new KeyedList(this.parts.files, (item) => this.file(item), (node, item) => node.refill?.(item));
    this.parts.fileHint.hidden = !/MicroMessenger/i.test(navigator.userAgent);
    this.parts.docs?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.find();
    });
    this.parts.docMore?.addEventListener("click", () => this.find(this.cursor));
  }

  do(asked, then) {
    return this.room.deed(asked, then, this.parts.fileError);
  }

  show() {
    const { files } = this.model;
    this.list.show(files);
    this.parts.noFiles.hidden = files.length > 0;
    write(this.parts.fileCount, files.length ? ` · ${files.length}` : "");
  }

  file(item) {
    const node = make("li", "room-member");
    const link = make("a", "grow", item.title);
    Object.assign(link, { href: item.url, download: "" });
    node.append(link, make("span", "sm t2", `${item.kind}，${sizeText(item.bytes)}`));
    if (this.room.leads) this.manage(node, item);
    return node;
  }

  manage(node, { id, title }) {
    const again = () => this.room.line.refresh();
    const keep = button("", () => this.do(() => this.ask("PATCH", `/files/${id}`, { in_replay: !node.item.in_replay }), again), "btn btn-q room-small");
    const gone = button("撤下", () => this.do(() => this.ask("DELETE", `/files/${id}`), again), "btn btn-q room-small");
    gone.setAttribute("aria-label", `撤下：${title}`);
    node.append(keep, gone);
    node.refill = (now) => {
      node.item = now;
      write(keep, now.in_replay ? "回放不再提供" : "回放也可下载");
      keep.setAttribute("aria-label", `${keep.textContent}：${title}`);
    };
  }

  find(cursor = "") {
    const { parts } = this;
    const query = new URLSearchParams({ q: parts.docWords.value, cursor });
    return this.do(
      () => this.ask("GET", `/documents?${query}`),
      ({ items, next_cursor: next }) => {
        if (!cursor) parts.docRows.replaceChildren();
        parts.docRows.append(...items.map((item) => this.row(item)));
        this.cursor = next;
        parts.docMore.hidden = !next;
        write(parts.docFound, parts.docRows.children.length ? "" : "没有找到文件。请先在“课程制作”的文件里上传，再来选择。");
      },
    );
  }

  row(item) {
    const node = make("li", "room-member");
    const share = button("分享", () => this.do(() => this.ask("POST", "/files", { document: item.document, in_replay: this.parts.docReplay.checked }), () => this.room.line.refresh()), "btn btn-s room-small");
    share.setAttribute("aria-label", `分享：${item.title}`);
    node.append(make("span", "grow", `${item.title}（${item.kind}，${sizeText(item.bytes)}）`), share);
    return node;
  }
}
