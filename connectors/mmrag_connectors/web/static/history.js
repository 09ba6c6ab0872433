// Past chats, kept in this browser alone, each caller's for itself.

const MOST = 50;

export class History {
  constructor(caller) {
    this.key = `mmrag.chats:${caller}`;
    try {
      this.chats = JSON.parse(localStorage.getItem(this.key)) ?? [];
    } catch {
      this.chats = [];
    }
  }

  // The latest first; a chat is {id, title, turns}.
  get all() {
    return this.chats;
  }

  keep(chat) {
    this.chats = [chat, ...this.chats.filter((other) => other.id !== chat.id)].slice(0, MOST);
    this.write();
  }

  forget(id) {
    this.chats = this.chats.filter((chat) => chat.id !== id);
    this.write();
  }

  // A browser gives a page a few megabytes: the oldest chats make room.
  write() {
    for (;;) {
      try {
        localStorage.setItem(this.key, JSON.stringify(this.chats));
        return;
      } catch {
        if (this.chats.length < 2) return;
        this.chats = this.chats.slice(0, -1);
      }
    }
  }
}
