// The page: its parts, and how they work together.

import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { el, icon, say } from "./dom.js";
import { Files, counted } from "./files.js";
import { History } from "./history.js";
import { Panel } from "./panel.js";
import { Server } from "./server.js";
import { startTheme } from "./theme.js";

const EARLIER = 20; // messages of a chat that are sent along with a question
const SPOKEN = 8000; // characters of one of them
const MARGIN = 24; // px above a question

export function start(gradio) {
  const page = new Page(gradio.element.querySelector(".mm"), new Server(gradio));
  page.files.look();
  return page;
}

class Page {
  constructor(root, server) {
    this.root = root;
    this.server = server;
    this.scroll = root.querySelector(".mm-scroll");
    this.panel = new Panel(root.querySelector(".mm-panel"), server);
    this.files = new Files(server, this.panel, (library, wrong) => this.known(library, wrong));
    this.conversation = new Conversation(root.querySelector(".mm-log"), root.querySelector(".mm-live"), (item, button) => {
      this.panel.source(item, button);
    });
    this.composer = new Composer(root.querySelector(".mm-composer"), server, {
      ask: (question) => this.ask(question),
      stop: () => this.stop(),
      add: (files) => (this.files.open(), this.files.add(files)),
      mayAdd: () => this.files.library.write,
    });
    startTheme(root.querySelector(".mm-theme"));
    this.history = null;
    this.chat = freshChat();
    this.listen();
    this.composer.focus();
  }

  listen() {
    this.root.querySelector(".mm-new").addEventListener("click", () => (this.open(freshChat()), this.composer.focus()));
    this.root.querySelector(".mm-menu").addEventListener("click", () => this.menu());
    this.root.querySelectorAll(".mm-open-files").forEach((button) => {
      button.addEventListener("click", () => (this.menu(false), this.files.open(button)));
    });
    this.root.querySelector(".mm-main").addEventListener("click", (event) => {
      if (!event.target.closest(".mm-menu")) this.menu(false);
    });
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.root.classList.add("mm-dragging");
    });
    document.addEventListener("dragleave", (event) => event.relatedTarget || this.root.classList.remove("mm-dragging"));
    document.addEventListener("drop", (event) => {
      this.root.classList.remove("mm-dragging");
      const files = [...(event.dataTransfer?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      if (event.target.closest?.(".mm-panel")) this.files.add(files);
      else this.composer.drop(files);
    });
  }

  key(event) {
    const writing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && this.panel.open) this.panel.close();
    else if (event.key === "Escape") this.menu(false);
    else if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      this.composer.focus();
    }
  }

  menu(open = !this.root.classList.contains("mm-menu-open")) {
    this.root.classList.toggle("mm-menu-open", open);
    this.root.querySelector(".mm-menu").setAttribute("aria-expanded", String(open));
  }

  // --- what is known of the index

  known(library, wrong) {
    if (library.caller !== undefined && !this.history) {
      this.history = new History(library.caller);
      this.drawChats();
    }
    this.root.querySelector(".mm-out").hidden = !library.session;
    const total = library.documents?.filter((one) => !one.failed).length ?? 0;
    this.root.querySelectorAll(".mm-count").forEach((place) => say(place, library.ready ? String(total + library.unlisted) : ""));
    const welcome = this.root.querySelector(".mm-welcome");
    if (wrong) welcome.replaceChildren(el("div", { class: "mm-error", role: "alert" }, icon("warn"), el("p", {}, wrong)));
    else if (!library.ready) welcome.replaceChildren(el("h2", {}, "The index is being opened"), el("p", { class: "mm-working" }, "Models are being loaded; this takes a few seconds"));
    else if (!total) welcome.replaceChildren(...this.nothing(library));
    else welcome.replaceChildren(...hello(library));
    this.drawWelcome();
  }

  nothing(library) {
    const steps = library.write
      ? [el("p", {}, "Add documents, pictures, recordings or films and ask them."), el("button", { type: "button", class: "mm-button mm-first", click: (event) => this.files.open(event.currentTarget) }, "Add files")]
      : [el("p", {}, "Somebody who may write has to add files first.")];
    return [el("h2", {}, "Nothing is indexed yet"), ...steps, el("p", { class: "mm-hint" }, "A whole folder: ", el("code", {}, "mmrag index FOLDER"), " on the machine of the index.")];
  }

  drawWelcome() {
    this.root.querySelector(".mm-welcome").hidden = this.chat.turns.length > 0;
  }

  // --- asking

  ask({ words, file, modalities }) {
    const earlier = this.chat.turns.flatMap(said).slice(-EARLIER);
    const turn = { id: String(Date.now()), words, file: file && { name: file.name, kind: file.kind }, state: "working", sentences: [] };
    this.chat.turns.push(turn);
    const draw = this.conversation.add(turn);
    const article = this.conversation.log.lastElementChild;
    this.drawWelcome();
    this.turn = turn;
    this.composer.working(true);
    this.follow(article);
    this.server.ask({ turn: turn.id, words, file: file?.id ?? null, kind: file?.kind ?? "image", modalities, earlier }, (news) => {
      const low = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 120;
      Object.assign(turn, { state: news.state, sentences: news.sentences ?? turn.sentences, answer: news.answer, hits: news.hits, error: news.error });
      draw();
      if (low) this.follow(article);
      if (news.state === "done" || news.state === "error") this.end(turn);
    });
    this.draw = draw;
  }

  // To the end of a turn, but never beyond its beginning.
  follow(article) {
    this.scroll.scrollTo({ top: Math.min(this.scroll.scrollHeight, article.offsetTop - MARGIN) });
  }

  stop() {
    this.server.stop(this.turn.id);
    this.turn.state = "stopped";
    this.draw();
    this.end(this.turn);
  }

  end(turn) {
    this.conversation.announce(turn);
    this.turn = null;
    this.composer.working(false);
    this.keep();
  }

  // --- chats

  keep() {
    const [first] = this.chat.turns;
    this.chat.title = first.words || first.file.name;
    this.history?.keep(this.chat);
    this.drawChats();
  }

  open(chat) {
    if (this.turn) this.stop();
    this.panel.open && this.panel.close();
    this.chat = chat;
    this.conversation.clear();
    chat.turns.forEach((turn) => this.conversation.add(turn));
    this.drawWelcome();
    this.drawChats();
    this.menu(false);
    this.scroll.scrollTo({ top: this.scroll.scrollHeight });
  }

  drawChats() {
    const chats = this.history?.all ?? [];
    this.root.querySelector(".mm-no-chats").hidden = chats.length > 0;
    const rows = chats.map((chat) => {
      const current = chat.id === this.chat.id;
      const open = el("button", { type: "button", class: "mm-chat", "aria-current": current && "true", title: chat.title, click: () => this.open(chat) }, chat.title);
      const forget = el("button", { type: "button", class: "mm-icon mm-small", "aria-label": `Forget the chat “${chat.title}”`, title: "Forget", click: () => this.forget(chat) }, icon("remove"));
      return el("li", {}, open, forget);
    });
    this.root.querySelector(".mm-chats").replaceChildren(...rows);
  }

  forget(chat) {
    this.history.forget(chat.id);
    if (chat.id === this.chat.id) this.open(freshChat());
    else this.drawChats();
  }
}

function freshChat() {
  return { id: String(Date.now()), title: "", turns: [] };
}

// A turn as messages for the question that comes after it.
function said(turn) {
  if (!turn.words || !turn.answer) return [];
  return [
    { role: "user", text: turn.words.slice(0, SPOKEN) },
    { role: "assistant", text: turn.answer.text.slice(0, SPOKEN) },
  ];
}

function hello(library) {
  return [
    el("h2", {}, "Ask your files"),
    el("p", {}, `${counted(library.counts)}. Every answer says where it stands, and says so when it stands nowhere.`),
    el(
      "ul",
      { class: "mm-ways" },
      el("li", {}, icon("text"), "Ask in words, and click a number to see the page, the picture or the moment"),
      el("li", {}, icon("image"), "Drop a picture, alone to find what is like it, or with a question"),
      el("li", {}, icon("audio"), "Drop a recording to find what sounds or says the same"),
    ),
  ];
}
