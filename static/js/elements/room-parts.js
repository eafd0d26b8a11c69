// Pieces of a room's page, made once and kept by key: what stays keeps its place, its focus and what was typed in it.

import { shares } from "../kernel/room.js";

const TITLES = { teacher: "老师", assistant: "助教" };

export function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export function button(text, act, className = "btn btn-q") {
  const node = make("button", className, text);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// A part of a room's page: what it shows comes from the room's model, what it does goes over the room's line.
export class RoomPart {
  constructor(room) {
    this.room = room;
    this.parts = room.parts;
  }

  get model() {
    return this.room.model;
  }

  ask(method, path, body) {
    return this.room.line.ask(method, path, body);
  }
}

// A list whose nodes are kept by key; only what is new, gone or elsewhere is moved.
export class KeyedList {
  constructor(root, made, filled) {
    this.root = root;
    this.made = made;
    this.filled = filled;
    this.nodes = new Map();
  }

  show(items) {
    const keys = new Set(items.map(({ id }) => id));
    for (const [id, node] of this.nodes) {
      if (!keys.has(id)) {
        node.remove();
        this.nodes.delete(id);
      }
    }
    let before = null;
    for (const item of items) {
      let node = this.nodes.get(item.id);
      if (!node) {
        node = this.made(item);
        this.nodes.set(item.id, node);
      }
      this.filled(node, item);
      const place = before ? before.nextSibling : this.root.firstChild;
      if (node !== place) this.root.insertBefore(node, place);
      before = node;
    }
  }
}

export function named(item, own) {
  const name = make("b", "room-name", item.member === own ? "我" : item.called);
  if (TITLES[item.place]) name.append(" ", make("span", "tag tag-brand", TITLES[item.place]));
  return name;
}

export function clockOf(moment) {
  return new Date(moment).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
}

// The options of a poll with what was chosen of each.
export function results(poll, tallies) {
  const list = make("ul", "room-results");
  const percents = shares(tallies);
  poll.options.forEach((option, number) => {
    const row = make("li");
    const bar = make("progress", "progress");
    bar.max = 100;
    bar.value = percents[number];
    bar.setAttribute("aria-hidden", "true");
    row.append(make("p", "", `${option}：${tallies[number]}人，${percents[number]}%`), bar);
    list.append(row);
  });
  return list;
}
