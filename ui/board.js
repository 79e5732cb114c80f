// The samples: one picture, with a button over each of them that makes it a key frame of the walk.
// The picture comes from the server byte for byte; which samples are chosen is decided here at once, and told.

const GAP = 2; // pixels between two samples of the picture

export default function ({ parentElement, data, setStateValue }) {
  const box = parentElement.querySelector(".board");
  box.board ??= new Board(box);
  box.board.show(decode(data), (value) => setStateValue("picked", value));
}

// Bytes: length of the JSON header, the header, then the PNG.
function decode(bytes) {
  const copy = bytes.slice().buffer;
  const size = new DataView(copy).getUint32(0, true);
  const scene = JSON.parse(new TextDecoder().decode(new Uint8Array(copy, 4, size)));
  scene.png = new Uint8Array(copy, 4 + size);
  return scene;
}

class Board {
  constructor(box) {
    Object.assign(this, { box, turn: 0, keys: [], look: null, buttons: [] });
    this.picture = box.appendChild(document.createElement("img"));
    this.cells = box.appendChild(document.createElement("div"));
    this.cells.setAttribute("role", "group");
    this.cells.addEventListener("click", (event) => this.onClick(event));
    this.cells.addEventListener("keydown", (event) => this.onKey(event));
  }

  show(scene, tell) {
    const before = this.scene;
    Object.assign(this, { scene, tell });
    // An answer to an earlier choice would undo the later one that is still on its way; a server that was started again
    // counts from the beginning.
    if (scene.turn >= this.turn || before?.session !== scene.session) {
      Object.assign(this, { turn: scene.turn, keys: scene.keys, look: scene.look });
    }
    if (before?.sum !== scene.sum) this.showPicture();
    if (before?.count !== scene.count || before?.columns !== scene.columns) this.build();
    this.paint();
  }

  // The old picture stays until the new one can be shown.
  showPicture() {
    const old = this.url;
    this.url = URL.createObjectURL(new Blob([this.scene.png], { type: "image/png" }));
    this.picture.onload = () => old && URL.revokeObjectURL(old);
    this.picture.src = this.url;
  }

  build() {
    const { count, columns, width, height } = this.scene;
    const [across, down] = [columns, Math.ceil(count / columns)];
    const [whole, tall] = [across * (width + GAP) - GAP, down * (height + GAP) - GAP];
    this.box.style.setProperty("--columns", columns);
    this.buttons = Array.from({ length: count }, (_, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.index = index;
      button.tabIndex = index ? -1 : 0;
      const [column, row] = [index % columns, Math.floor(index / columns)];
      button.style.left = `${(100 * column * (width + GAP)) / whole}%`;
      button.style.top = `${(100 * row * (height + GAP)) / tall}%`;
      button.style.width = `${(100 * width) / whole}%`;
      button.style.height = `${(100 * height) / tall}%`;
      button.appendChild(document.createElement("span")).textContent = index;
      button.appendChild(document.createElement("b"));
      return button;
    });
    this.cells.replaceChildren(...this.buttons);
  }

  paint() {
    const { words } = this.scene;
    this.picture.alt = words.alt;
    this.cells.setAttribute("aria-label", words.label);
    this.buttons.forEach((button, index) => {
      const places = this.keys.flatMap((key, place) => (key === index ? [place + 1] : []));
      button.setAttribute("aria-pressed", String(places.length > 0));
      button.lastChild.dataset.places = places.join(" "); // drawn by board.css: as text it would run into the number
      const name = words.sample.replace("{index}", index);
      button.setAttribute("aria-label", places.length ? `${name}, ${words.key.replace("{place}", places.join(", "))}` : name);
      button.toggleAttribute("data-looked", index === this.look);
      button.title = button.getAttribute("aria-label");
    });
  }

  onClick(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const index = Number(button.dataset.index);
    const chosen = this.keys.includes(index);
    if (chosen) this.keys = this.keys.filter((key) => key !== index);
    else if (this.keys.length < this.scene.most) this.keys = [...this.keys, index];
    if (this.look !== null) this.look = index; // whatever becomes of the walk
    this.turn += 1;
    this.focus(index);
    this.paint();
    this.tell({ keys: this.keys, turn: this.turn, look: index });
  }

  // Arrow keys move over the picture; the space bar and Enter choose, as on any button.
  onKey(event) {
    const { columns, count } = this.scene;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const next = Number(event.target.dataset.index) + steps[event.key];
    if (!(next >= 0 && next < count)) return;
    event.preventDefault();
    this.focus(next);
  }

  focus(index) {
    for (const button of this.buttons) button.tabIndex = button === this.buttons[index] ? 0 : -1;
    this.buttons[index].focus();
  }
}
