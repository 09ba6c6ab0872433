// The box in which a question is asked: words, a picture or a recording, and where to look.

import { MODALITIES, el, icon, say } from "./dom.js";

const TALLEST = 220; // px
const SHORT = "Ask, or drop a file to ask by"; // on a telephone

export class Composer {
  // `ask(question)` is called with {words, file, modalities}; `add(files)` indexes files instead, if
  // `mayAdd()`.
  constructor(root, server, { ask, stop, add, mayAdd }) {
    this.root = root;
    this.server = server;
    this.ask = ask;
    this.stop = stop;
    this.add = add;
    this.mayAdd = mayAdd;
    this.attached = null;
    this.busy = false;
    this.box = root.querySelector("textarea");
    this.chips = root.querySelector(".mm-chips");
    this.notice = root.querySelector(".mm-notice");
    if (window.matchMedia("(max-width: 600px)").matches) this.box.placeholder = SHORT;
    this.drawChips();
    this.listen();
    this.draw();
  }

  listen() {
    this.root.addEventListener("submit", (event) => (event.preventDefault(), this.send()));
    this.box.addEventListener("input", () => this.grow());
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
    this.box.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (files.length) (event.preventDefault(), this.drop(files));
    });
    const pick = this.root.querySelector(".mm-pick");
    this.root.querySelector(".mm-attach").addEventListener("click", () => pick.click());
    pick.addEventListener("change", () => {
      if (pick.files.length) this.drop([...pick.files]);
      pick.value = "";
    });
    this.root.querySelector(".mm-stop").addEventListener("click", () => this.stop());
  }

  drawChips() {
    for (const [modality, name] of Object.entries(MODALITIES)) {
      const chip = el("button", { type: "button", class: "mm-chip", "aria-pressed": "false", "data-modality": modality }, icon(modality), name);
      chip.addEventListener("click", () => chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true")));
      this.chips.append(chip);
    }
  }

  get modalities() {
    return [...this.chips.querySelectorAll('[aria-pressed="true"]')].map((chip) => chip.dataset.modality);
  }

  // Files dropped, pasted or chosen: one picture or recording to ask by, anything else to be added.
  drop(files) {
    const [file] = files;
    if (files.length === 1 && kindOf(file)) return this.attach(file);
    const many = files.length === 1 ? `“${file.name}” is` : `${files.length} files are`;
    const add = el("button", { type: "button", class: "mm-link", click: () => (this.tell(""), this.add(files)) }, "Add to your files");
    this.tell(`${many} nothing to ask by.`, this.mayAdd() ? add : "");
  }

  async attach(file) {
    this.detach();
    this.tell("");
    const attached = (this.attached = { file, kind: kindOf(file), id: null, share: 0, address: URL.createObjectURL(file) });
    this.drawAttached();
    this.box.focus();
    try {
      attached.id = await this.server.upload(file, (share) => ((attached.share = share), this.drawAttached()));
    } catch (error) {
      if (this.attached === attached) (this.detach(), this.tell(`“${file.name}”: ${error.message}`));
    }
    this.drawAttached();
  }

  detach() {
    if (this.attached) URL.revokeObjectURL(this.attached.address);
    this.attached = null;
    this.drawAttached();
  }

  drawAttached() {
    const place = this.root.querySelector(".mm-attached");
    place.hidden = !this.attached;
    place.replaceChildren();
    if (this.attached) {
      const { file, kind, id, share, address } = this.attached;
      const look = kind === "image" ? el("img", { src: address, alt: "" }) : icon("audio");
      const bar = id ? null : el("progress", { max: 1, value: share, "aria-label": "Sending" });
      const off = el("button", { type: "button", class: "mm-icon mm-small", "aria-label": `Do not ask by ${file.name}`, click: () => this.detach() }, icon("remove"));
      place.append(look, el("span", { class: "mm-name" }, file.name), bar ?? "", off);
    }
    this.draw();
  }

  send() {
    const words = this.box.value.trim();
    if (this.busy || !this.ready(words)) return;
    const file = this.attached && { id: this.attached.id, name: this.attached.file.name, kind: this.attached.kind };
    this.ask({ words, file, modalities: this.modalities });
    this.box.value = "";
    this.grow();
    this.detach();
    this.tell("");
  }

  ready(words) {
    return this.attached ? Boolean(this.attached.id) : Boolean(words);
  }

  working(busy) {
    this.busy = busy;
    this.draw();
  }

  draw() {
    this.root.querySelector(".mm-send").hidden = this.busy;
    this.root.querySelector(".mm-stop").hidden = !this.busy;
    this.root.querySelector(".mm-send").classList.toggle("mm-idle", !this.ready(this.box.value.trim()));
  }

  grow() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, TALLEST)}px`;
    this.draw();
  }

  tell(words, ...more) {
    say(this.notice, "");
    if (words) this.notice.append(words, " ", ...more);
  }

  focus() {
    this.box.focus();
  }
}

function kindOf(file) {
  return /^(image|audio)\//.exec(file.type)?.[1];
}
